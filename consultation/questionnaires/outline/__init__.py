"""Outline: the questionnaire that all forms of a round are made from.

- comparability: may a question keep its code
- diff: what changed between two outlines, field by field
- edits: pure edits of an Outline
- errors: Fault and shared checks
- labels: French text of an outline
- model: Outline dataclasses and JSON
- question_validation: one question of an outline, and what it depends on
- scope: which forms hold a section
- service: changes of questions and sections of the working outline, for an actor
- store: stored outlines; differs from `outline` by one letter
- validation: validation of an outline
"""
