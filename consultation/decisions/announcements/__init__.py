"""Announcements: one mail about an edition to each mailbox from which somebody spoke on it.

They are mailings of `invitations.mailings`, of the purpose `edition`, where their pages are.

- drafts: announcements that have not started
- erasure: recipients erased with the respondent
- message: the mail to one mailbox, and its test
- models: tables
- respondents: who an announcement goes to, and why some are skipped
"""
