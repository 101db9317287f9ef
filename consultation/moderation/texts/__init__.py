"""Texts: one text, its masks and its page.

- erasure: masked characters for good, and the texts of an erased respondent
- page: its pieces, findings, masks and decisions
- ranges: grapheme boundaries, and where a passage stands
- redactions: mask, unmask, erase ranges
- views: POST routes of a text's page
"""
