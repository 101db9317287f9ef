"""Demonstration: a synthetic plan, round and responses.

- answers: synthetic answers
- fill: creates a synthetic plan, round and responses; bulk insert of synthetic responses
"""
