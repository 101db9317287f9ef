"""Form: a published questionnaire as respondents meet it.

- consents: consents that contradict each other
- instrument: published questionnaire as frozen dataclasses, cache
- rendering: renders form fields, blank ones cached
- validation: validates a posted form against an instrument; conditional questions
- version_diff: what a form version changes for its reader
"""
