"""Staff pages of responses.

- queries: staff list queries
- views: staff pages of responses
"""
