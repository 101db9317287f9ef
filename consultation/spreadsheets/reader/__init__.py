"""Spreadsheet reader: untrusted files to rows, with errors that people can act on.

- problems: what is wrong where, and the remedy, in French
- rows: header detection, columns, cells converted to text or refused
- sandbox: subprocess that opens an untrusted workbook
- workbook: an uploaded workbook of any format, after a check for zip bombs
"""
