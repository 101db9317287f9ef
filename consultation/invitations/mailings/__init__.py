"""Mailings: messages to groups of contacts, and reminders.

- forms: form and storage of a mailing draft
- lifecycle: mailing state machine
- message: respondent and link per invitee; invitation message kind; test message to oneself
- placeholders: message placeholders
- recipients: who a mailing goes to
- sender: enqueues due messages
- statistics: opened/answered statistics
- views: mailing editor pages; send, pause, remind pages
"""
