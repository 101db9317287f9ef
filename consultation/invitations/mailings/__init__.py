"""Mailings: invitation messages to groups of contacts, and reminders.

- drafts: drafts of mailings that have not started
- forms: mailing form
- lifecycle: lifecycle, the state machine of a mailing
- message: invitation message to one invitee, and its test
- placeholders: placeholders of a message
- recipients: who a mailing goes to, and who is skipped
- sender: worker task that enqueues due messages
- statistics: who opened the link and answered
- views: staff pages of mailings
"""
