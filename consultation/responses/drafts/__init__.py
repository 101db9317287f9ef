"""Drafts: forms that are saved before they are sent.

- conflicts: edit conflict between two tabs
- handlers: saving a draft
- public_drafts: respondent created by a public form; saved public drafts
- refill: a form filled from a draft or a response, and what changed since
- reminders: reminder of unsent drafts
- store: saves, finds and ends drafts, within a quota
"""
