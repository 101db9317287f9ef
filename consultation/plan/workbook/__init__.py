"""Plan workbook: the plan as a file, read and written.

- columns: columns of the plan file; example rows of the template
- reader: rows of the plan file to a PlanDraft; reads a plan file
- writer: first sheet of the template; plan to tables of a file; writes the plan file
"""
