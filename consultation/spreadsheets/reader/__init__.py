"""Spreadsheet reader: untrusted files to rows, with errors that people can act on.

- problems: Problem, SheetRefused; French messages for unreadable workbooks
- rows: converts one read cell to text or refuses it; column definitions of files that people fill
  in; header detection, rows as texts
- sandbox: subprocess that opens an untrusted workbook
- workbook: zip-bomb check of an uploaded package; opens an uploaded workbook of any format
"""
