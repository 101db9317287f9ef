"""Retention: what is erased when, and the notices before.

- apply: applies retention
- notices: retention notices by mail
- policy: retention periods after a round
"""
