"""Mailings: messages to groups of contacts, and reminders.

- drafts: mailing drafts and their storage
- forms: mailing form
- lifecycle: mailing state machine
- message: a respondent and a link for each invitee; a trial to oneself
- placeholders: message placeholders
- recipients: who a mailing goes to
- sender: enqueues due messages
- statistics: opened/answered statistics
- views: write, send, pause, remind
"""
