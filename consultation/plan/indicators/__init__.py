"""Indicators on the pages of the staff: the list of all, and one.

- bulk: several indicators retired, moved or brought back at once
- list_views: page of all indicators
- views: pages of one indicator
"""
