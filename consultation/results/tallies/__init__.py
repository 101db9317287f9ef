"""Tallies: stored counts of answers, refreshed after each change.

- count: count of a round's answers in SQL
- maintain: refresh after changes, check against the answers
- queries: tally queries
- organisation_votes: one vote for all responses of an organisation to a measure
"""
