"""Overview of a round: all its indicators on one page.

- board: a row for each indicator, and totals of axes
- views: overview pages
"""
