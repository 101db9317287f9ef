"""Indicators: summaries, verdicts and proposed wordings.

- labels: labels of verdicts
- proposals: proposed wordings and missing indicators
- summary: summaries of indicators: ratings, stances, verdicts
- verdicts: verdicts of the RAND/UCLA method
- views: indicator pages
"""
