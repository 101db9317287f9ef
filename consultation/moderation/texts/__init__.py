"""Texts: one text, its masks and its page.

- erasure: passages erased for good, and all texts of an erased respondent
- notes: what the team notes on a text, and to whom it is given
- page: content of a text's page: pieces, findings, masks and decisions
- ranges: grapheme boundaries, and the occurrences of a passage
- redactions: ranges masked in a text, and uncovered
- translations: what texts say in French, by persons of the team
- views: views of the page and of the actions on it
"""
