"""Form: a published questionnaire as respondents fill it in.

- instrument: published questionnaire as frozen dataclasses, and their cache
- rendering: rendering of the form fields, blank ones cached
- validation: conditions, and the check of each answer
- version_diff: what a form version changes for its reader
"""
