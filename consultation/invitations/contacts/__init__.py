"""Contacts: the people who may be invited, and their groups.

- erasure: erasure of contacts, and of what an invitation keeps of a respondent
- importer: reads a list, and stores it
- views: groups, and the import of a list
- workbook: its columns, the words they accept, and the template
"""
