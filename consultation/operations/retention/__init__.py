"""Retention: periods, notices before an erasure, and the erasure.

- apply: application of all retention periods
- gaps: gaps in the daily erasures, after which they wait
- notices: retention notices by mail
- policy: retention policy of closed rounds: periods, and what is due
"""
