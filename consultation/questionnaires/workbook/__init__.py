"""Questionnaire workbook: the outline as a file, read and written.

- columns: header, expected content, length and choices of each column
- importer: preview and storage of the outline that was read
- reader: a workbook to an outline, or its errors
- views: downloads, and the import with its preview
- writer: an outline to a workbook
"""
