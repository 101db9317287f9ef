"""Plan workbook: the plan as a file, read and written.

- columns: fields of the plan file, and the example rows of its template
- reader: turns a file into a draft of the plan, or lists its errors
- writer: writes the plan, or its template, as a file
"""
