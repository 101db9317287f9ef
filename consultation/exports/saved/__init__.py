"""Saved export settings and their schedule.

- forms: saved settings form
- settings: stored choices, and the schedule by which they run
- views: saved settings pages
"""
