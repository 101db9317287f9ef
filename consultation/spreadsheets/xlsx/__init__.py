"""XLSX: writing large workbooks fast.

- layout: XLSX print setup, tab colour, charts
- rows: hand-written XLSX row XML
- writer: XLSX writer
"""
