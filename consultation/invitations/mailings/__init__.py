"""Mailings: invitation messages to groups of contacts, and reminders.

- drafts: drafts of mailings that have not started
- forms: mailing form
- invitations: invitations to a round: respondent and personal link of an invitee
- lifecycle: lifecycle, the state machine of a mailing
- message: invitation message: the mail to one invitee, and the test mail
- placeholders: placeholders of a message
- recipients: who a mailing goes to, and who is skipped
- sender: worker task that enqueues due messages
- statistics: who opened the link and answered
- views: staff pages of mailings
"""
