"""Saved export settings and their schedule.

- settings: saved export settings (not « save a file »); periodic exports; schedule arithmetic
- views: saved settings pages
"""
