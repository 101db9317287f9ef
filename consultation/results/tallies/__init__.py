"""Tallies: counts of answers, kept as responses come in.

- count: counts answers in SQL; one voice per organisation; one vote per organisation
- maintain: compares tallies with answers; refreshes tallies; list of DB triggers
- queries: tally cell (not spreadsheet, not disclosure cell); reads tallies; tally value objects
  and queries
"""
