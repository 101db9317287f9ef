"""Indicators: summaries, verdicts and proposed wordings.

- labels: French labels of verdicts
- proposals: other wordings of indicators, and missing indicators
- summary: summaries of indicators: ratings, stances, verdicts
- verdicts: verdicts on indicators, by the RAND/UCLA method
- views: indicator pages
"""
