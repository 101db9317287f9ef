"""Drafts: forms that are saved before they are sent.

- conflicts: edit conflicts between two tabs
- handlers: saving a form
- public_drafts: the respondent that a public form makes
- refill: a form filled from a draft or a response, and what changed since
- reminders: mail to respondents with an unsent draft
- store: saves, finds and ends drafts, within a quota
"""
