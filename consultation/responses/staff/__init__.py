"""Responses as the staff reads them.

- queries: staff list queries
- views: staff pages of responses
"""
