"""Texts: one text, its masks and its page.

- erasure: masked characters for good, and the texts of an erased respondent
- page: its pieces, findings, masks and decisions
- ranges: grapheme boundaries, and the occurrences of a passage
- redactions: mask, unmask, erase ranges
- views: the page, and what moderators do on it
"""
