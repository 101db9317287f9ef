"""Spreadsheets: workbooks and CSV files, read and written without a formula.

- reader/: untrusted files to rows, with errors that people can act on
- xlsx/: writing large workbooks fast
- annotate: an uploaded workbook with its errors marked in the cells
- cells: types, cleaning, and protection from formulas in CSV
- changes: what an import adds and corrects
- csv_files: CSV reader and writer
- import_flow: staff pages that upload, preview, confirm or give up a file
- models: table of uploaded files waiting for confirmation
- ods: ODS writer: package, styles and rows
- research_archive: research archive: CSV, SPSS, Parquet, Frictionless data package
- style: number formats, tab colours, charts
- table: columns and rows to write, checked row by row
- uploads: uploaded files that wait for their confirmation
- writer: workbook writer of all formats
"""
