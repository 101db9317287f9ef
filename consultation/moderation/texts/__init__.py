"""Texts: one text, its masks and its page.

- erasure: erases masked characters for good; erasure hook for respondents
- page: loads one text for its page; splits a text into highlighted pieces; view model of a text's
  page
- ranges: grapheme boundaries; finds a passage in a text
- redactions: mask, unmask, erase ranges
- views: POST routes of a text's page
"""
