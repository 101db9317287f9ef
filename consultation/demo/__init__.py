"""Demonstration: a synthetic plan, round and responses.

- answers: invented responses, as forms would hold them
- fill: inserts a synthetic plan, round and responses in bulk
"""
