"""Questionnaire workbook: the outline as a file, read and written.

- columns: columns of the questionnaire workbook
- importer: diff and apply of a workbook
- reader: a workbook to an outline, or its faults
- views: downloads, and the import with its preview
- writer: writes the workbook
"""
