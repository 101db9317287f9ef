"""Outline: the questionnaire from which all forms of a round are built.

- codes: codes of sections, questions and options, and new ones
- answer_comparability: whether new answers can be counted with earlier ones
- conditions: which question may depend on which
- diff: diff of two outlines, field by field
- edits: edits of an outline, as pure functions
- errors: errors of an outline, and checks shared by its parts
- labels: French labels of the parts of an outline
- question_validation: validation of one question
- scope: how many forms have a section, given the measures in force
- service: an actor's edits of the working outline
- store: stored outlines of a round
- structure: sections, questions and options as dataclasses, and their JSON
- validation: validation of a whole outline
- wordings: each translated text of an outline, by where it stands
"""
