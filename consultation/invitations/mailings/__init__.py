"""Mailings: invitation messages to groups of contacts, and reminders.

- announcement_views: staff pages of messages about an edition of the plan
- audiences: who a mailing goes to, by its purpose
- drafts: drafts of mailings that have not started
- forms: mailing forms
- invitations: invitations to a round: respondent and personal link of an invitee
- invitees: invitees as the audience of a mailing
- lifecycle: lifecycle, the state machine of a mailing
- message: invitation message: the mail to one invitee, and the test mail
- placeholders: placeholders of a message
- recipients: who a mailing goes to, and who is skipped
- rules: what the texts of a message may hold
- sender: worker task that enqueues due messages
- statistics: who opened the link and answered
- views: staff pages of mailings
"""
