"""Mailings: invitation messages to groups of contacts, and reminders.

- drafts: mailing drafts and their storage
- forms: mailing form
- lifecycle: state machine of a mailing
- message: respondent and link of an invitee, message kind, test mail
- placeholders: message placeholders
- recipients: who a mailing goes to, and who is skipped
- sender: worker task that enqueues due messages
- statistics: who opened the link and answered
- views: staff pages of mailings
"""
