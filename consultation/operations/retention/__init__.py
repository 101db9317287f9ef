"""Retention: periods, erasure, and the notices before.

- apply: applies every retention period, once a day
- notices: retention notices by mail
- policy: retention periods after a round, and what is due
"""
