"""Drafts: forms that are saved before they are sent.

- conflicts: edit conflict between two tabs
- handlers: saving a draft
- public_drafts: respondent created by a public form; saved public drafts
- refill: form filled from draft or response; form changed since it was left
- reminders: reminder of unsent drafts
- store: quota of drafts; draft storage
"""
