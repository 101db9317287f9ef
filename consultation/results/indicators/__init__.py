"""Indicators: verdicts and proposed wordings, one by one.

- labels: one sentence; French sentences
- proposals: proposed wordings
- summary: details of one indicator's row; per-indicator summary table; tallies per indicator and
  side
- verdicts: questions on other scales; RAND/UCLA verdict of an indicator
- views: indicator pages
"""
