"""Spreadsheets: workbooks and CSV files, read and written without a formula.

- reader/: untrusted files to rows, with errors that people can act on
- xlsx/: writing large workbooks fast
- annotate: writes an uploaded file back with marked errors
- cells: what may be written, cleaned, and guarded against formulas in CSV
- csv_files: CSV reader and writer
- import_flow: staff pages that upload, preview, confirm or give up a file
- models: table of uploaded files waiting for confirmation
- ods: package, styles and rows
- research: CSV, SPSS and Parquet files with a Frictionless data package
- style: number formats, colours, chart descriptions
- table: columns and rows to write, checked row by row
- uploads: stores and finds uploads awaiting confirmation
- writer: write_workbook: dispatch, atomic file
"""
