"""Plan workbook: the plan as a file, read and written.

- columns: columns of the plan file, and the examples of its template
- reader: a file to a draft of the plan, or its faults
- writer: the plan, or its template, as a file
"""
