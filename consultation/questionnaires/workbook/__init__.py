"""Questionnaire workbook: the outline as a file, read and written.

- columns: columns of the questionnaire workbook
- importer: diff and apply of a workbook
- reader: reads a questionnaire workbook; rows to an Outline
- views: downloads of the workbook; upload, preview, confirm a workbook
- writer: writes the workbook
"""
