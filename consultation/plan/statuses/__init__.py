"""Status assessments: how far each measure has come, by several assessors.

- assessments: status assessments: latest of each assessor, counts, edits
- forms: form of a status assessment
- import_views: upload, preview and confirmation of an assessment file
- importer: reads a file of status assessments, compares it, applies it
- parsing: fields of a status assessment, from a form or a file
- views: staff pages of status assessments
- workbook: workbook of status assessments
"""
