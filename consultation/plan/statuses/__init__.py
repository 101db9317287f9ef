"""Statuses: how far each measure has come, by several assessors.

- assessments: assessments: latest, add, change, remove
- forms: form of one assessment
- import_views: upload, preview, confirm an assessment file
- importer: diff and apply of an assessment file; reads an assessment file
- values: value parsing for form and file; French labels
- views: assessment board and pages
- workbook: writes the assessment file
"""
