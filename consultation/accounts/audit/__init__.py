"""Audit log: actions of the staff, recorded, labelled, listed and exported.

- audit_log: audit log of the actions of staff
- labels: French labels of actions and their details
- queries: audit log queries
- views: audit log pages
- workbook: audit log workbook
"""
