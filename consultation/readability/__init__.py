"""Readability: by what a text is easy to read, where its language says so.

- explanations: words that a page uses and its language explains
- rules: advice on a text
"""
