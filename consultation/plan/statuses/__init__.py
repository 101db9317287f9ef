"""Statuses: assessments of how far each measure has come, by several assessors.

- assessments: latest by assessor, counts, adding, changing, removing
- forms: form of one assessment, under the rules of its file
- import_views: upload, preview, confirm an assessment file
- importer: reads an assessment file, compares it, applies it
- parsing: fields of a status assessment, from a form or a file
- views: assessment board and pages
- workbook: assessment file with the latest assessments
"""
