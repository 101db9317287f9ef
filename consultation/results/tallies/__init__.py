"""Tallies: counts of answers, kept as responses come in.

- count: answers, and one voice per organisation
- maintain: refreshed as responses come, compared with the answers
- queries: what is counted, cell by cell
"""
