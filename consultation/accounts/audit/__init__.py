"""Audit log: what the staff did, and who may read it.

- labels: each action and each of its details in French
- log: writes an audit event
- queries: audit log queries
- views: audit log pages
- workbook: audit log workbook
"""
