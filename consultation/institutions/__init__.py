"""Institutions in charge of measures: what they are asked, and what they answer.

- replies/: right of reply of an institution to a judgement, before it is published
"""
