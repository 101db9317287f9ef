"""Invitations: who is asked, in which mailing, and who answered.

- contacts/: the people who may be invited, and their groups
- mailings/: messages to groups of contacts, and reminders
- labels: French labels
- models: tables
- queries: staff queries
"""
