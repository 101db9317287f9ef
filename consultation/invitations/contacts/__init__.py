"""Contacts: people and bodies that may be invited, and their groups.

- contact_views: the list of all contacts, one to be added or corrected
- directory: search, add and correct one contact
- erasure: erasure of contacts with their invitations
- forms: form of one contact
- importer: reads a list of contacts, and stores it
- views: groups, and the import of a list
- workbook: columns, vocabularies and template of the file
"""
