"""Saved export settings and their schedule.

- forms: saved settings form
- settings: orders saved under a name, and the schedule by which they run
- views: saved settings pages
"""
