"""Staff pages of responses.

- entry: forms that staff fill in from paper or telephone, duplicates, audit
- entry_views: pages on which staff type in a response
- forms: how and when a response that is typed in came
- labels: French labels of responses
- queries: staff list queries
- views: staff pages of responses
"""
