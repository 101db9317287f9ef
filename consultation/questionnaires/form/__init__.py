"""Form: a published questionnaire as respondents meet it.

- instrument: published questionnaire as frozen dataclasses, cache
- rendering: renders form fields, blank ones cached
- validation: conditions, and each answer held against its question
- version_diff: what a form version changes for its reader
"""
