"""Form: a published questionnaire as respondents fill it in.

- duration: minutes that a form takes
- instrument: instrument of a form: a published questionnaire as frozen dataclasses
- paper: blank form of a measure and its poster, as PDF for A4 sheets
- rendering: rendering of the form fields, blank ones cached
- validation: validation of a posted form: each answer against its question
- version_diff: questions that a version of a form adds, rewords or drops
"""
