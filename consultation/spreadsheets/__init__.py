"""Spreadsheets: workbooks and CSV files, read and written without a formula.

- reader/: untrusted files to rows, with errors that people can act on
- xlsx/: writing large workbooks fast
- annotate: writes an uploaded file back with marked errors
- cells: cell types, cleaning, memoising; formula-injection guard for CSV
- csv_files: CSV reader and writer
- models: table of uploaded files waiting for confirmation
- ods: ODS writer: rows; ODS writer: styles, settings, package
- research: ZIP of CSV + SPSS + Parquet for researchers; Frictionless datapackage.json; SPSS and
  Parquet writers
- style: number formats, colours, chart descriptions
- table: per-row check and clean of cells; Table, Column, checks before writing
- uploads: stores and finds uploads awaiting confirmation
- writer: write_workbook: dispatch, atomic file
"""
