"""Saved export settings and their schedule.

- settings: stored choices, and the schedule by which they run
- views: saved settings pages
"""
