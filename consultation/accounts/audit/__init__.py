"""Audit log: actions of the staff, recorded, labelled, listed and exported.

- audit_log: records an audit event
- labels: each action and each of its details in French
- queries: audit log queries
- views: audit log pages
- workbook: audit log workbook
"""
