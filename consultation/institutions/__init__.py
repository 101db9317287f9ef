"""Institutions in charge of measures: what they are asked, and what they answer.

- data_requests/: figures asked of an institution, from the letter to its answer
- replies/: right of reply of an institution to a judgement, before it is published
"""
