"""Drafts: forms that are saved before they are sent.

- conflicts: a response sent since the form was opened, in another tab
- handlers: request handlers that save a form
- public_drafts: drafts that visitors save without a space
- refill: a form filled with the answers of a draft or a response
- reminders: mail to respondents with an unsent draft
- store: saves, finds and ends drafts, within a quota
"""
