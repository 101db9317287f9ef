"""Contacts: the people who may be invited, and their groups.

- erasure: erases a contact; erasure hook for respondents
- importer: stores a contact list; reads a contact list
- views: contact import pages; group pages
- workbook: columns of the contact list; contact list template; accepted words for codes
"""
