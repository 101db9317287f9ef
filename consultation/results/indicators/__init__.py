"""Indicators: verdicts and proposed wordings, one by one.

- labels: one sentence for each
- proposals: proposed wordings
- summary: ratings, stances and verdicts, a row for each indicator
- verdicts: RAND/UCLA, and questions on other scales
- views: indicator pages
"""
