"""Spreadsheets: the one safe reader and the one safe writer of XLSX, ODS and CSV."""
