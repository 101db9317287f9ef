"""Files of a report: a summary first, then its contents, its axes, and all figures in an annex.

- layout: a document as its files are written
- summary: first two pages
"""
