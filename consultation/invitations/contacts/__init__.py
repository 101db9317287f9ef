"""Contacts: people and bodies that may be invited, and their groups.

- erasure: erasure of contacts with their invitations
- importer: reads a list of contacts, and stores it
- views: groups, and the import of a list
- workbook: columns, vocabularies and template of the file
"""
