"""Demonstration: a synthetic plan, round, responses and decisions.

- answers: invented responses, as forms would hold them
- decisions: invented decisions, and two editions of the plan
- fill: inserts a synthetic plan, round, responses, decisions and values
- questions: questions that the shipped questionnaire does not ask, a matrix and a ranking
- reports: an invented report
- values: invented values of indicators, and judgements of measures
"""
