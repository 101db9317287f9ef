"""Contacts: people and bodies that may be invited, and their groups.

- contact_views: the list of all contacts, one to be added or corrected
- comparison: a list of contacts compared with those that are stored
- directory: search, add and correct one contact
- erasure: erasure of contacts with their invitations
- forms: forms of one contact, of a list and of its columns
- import_views: upload of a list, its columns, preview and confirmation
- importer: reads a list of contacts, and stores it
- membership: several contacts put in a group or taken out of it
- record: what the fields of a contact are, and the words that some take
- views: the room, its groups, erasure of a contact
- workbook: columns, vocabularies and template of the file
"""
