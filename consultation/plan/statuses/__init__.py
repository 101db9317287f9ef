"""Statuses: how far each measure has come, by several assessors.

- assessments: assessments: latest, add, change, remove
- forms: form of one assessment
- import_views: upload, preview, confirm an assessment file
- importer: reads a file, compares it, applies it
- values: levels and assessors, in French, from a form or a file
- views: assessment board and pages
- workbook: writes the assessment file
"""
