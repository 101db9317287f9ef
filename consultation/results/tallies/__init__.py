"""Tallies: stored counts of answers, refreshed after each change.

- count: counting in SQL, of answers and of one vote per organisation
- maintain: refresh after changes, check against the answers
- queries: tally queries
"""
