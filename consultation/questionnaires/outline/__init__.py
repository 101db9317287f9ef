"""Outline: the questionnaire from which all forms of a round are built.

- codes: codes of sections, questions and options, and new ones
- comparability: whether new answers can be counted with earlier ones
- conditions: which question may depend on which
- diff: what changed between two outlines, field by field
- edits: pure functions that edit an outline
- errors: errors of an outline, and checks shared by its parts
- labels: French labels of the parts of an outline
- question_validation: validation of one question
- scope: measures in force, and how many forms have a section
- service: edits of the working outline by an actor
- store: stored outlines of a round
- structure: sections, questions and options as dataclasses, and their JSON
- validation: every error of an outline
"""
