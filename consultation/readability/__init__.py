"""Readability: by what a text is easy to read, where its language says so.

- rules: advice on a text
"""
