"""Retention: periods, notices before an erasure, and the erasure.

- apply: application of all retention periods
- notices: retention notices by mail
- policy: retention policy of closed rounds: periods, and what is due
"""
