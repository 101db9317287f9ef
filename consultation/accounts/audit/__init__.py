"""Audit log: what the staff did, and who may read it.

- labels: French text of audit details; French text of audit actions
- log: writes an audit event
- queries: audit log queries
- views: audit log pages
- workbook: audit log workbook
"""
