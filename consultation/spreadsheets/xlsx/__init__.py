"""XLSX: writing large workbooks fast.

- layout: tab colour, print setup and charts
- rows: fast rows, as XML
- writer: workbooks and sheets by xlsxwriter
"""
