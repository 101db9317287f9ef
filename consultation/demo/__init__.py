"""Demonstration: a synthetic plan, round and responses.

- answers: synthetic answers
- fill: a synthetic plan, round and responses, inserted in bulk
"""
