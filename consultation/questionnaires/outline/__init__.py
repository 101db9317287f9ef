"""Outline: the questionnaire that all forms of a round are made from.

- comparability: may a question keep its code
- diff: diff of two outlines; field-level diff
- edits: pure edits of an Outline
- errors: Fault and shared checks
- labels: French text of an outline
- model: Outline dataclasses and JSON
- question_validation: dependency graph of an outline; validation of one question
- scope: which forms hold a section
- service: edit of the working outline: actor, lock, audit; store, move, remove a question; store,
  move, remove a section
- store: stored outlines; differs from `outline` by one letter
- validation: validation of an outline
"""
