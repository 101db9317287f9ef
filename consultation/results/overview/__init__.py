"""Overview of a round: all its indicators on one page.

- board: a row for each indicator, and totals of axes
- comparison: two rounds side by side, with the breaks between them
- lists: filters, which the decisions share, and orders
- printable: summary of a round as a tagged PDF
- printable_views: that document
- views: overview pages
"""
