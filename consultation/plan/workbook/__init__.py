"""Plan workbook: the plan as a file, read and written.

- columns: columns of the plan file
- examples: example rows of the template
- reader: turns the plan file into a draft of the plan, or lists its errors
- writer: writes the plan, or its template, as a file
"""
