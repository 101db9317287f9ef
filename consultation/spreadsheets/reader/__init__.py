"""Spreadsheet reader: untrusted files to rows, with errors that people can act on.

- problems: what is wrong where, and what to do, in French
- rows: header detection, columns that people fill in, cells as texts or refused
- sandbox: subprocess that opens an untrusted workbook
- workbook: opens an uploaded file, after a look for zip bombs
"""
