"""Invitations: contacts, mailings to them, and who answered.

- contacts/: people and bodies that may be invited, and their groups
- mailings/: invitation messages to groups of contacts, and reminders
- labels: French texts of invitations
- models: tables of invitations
- queries: invitation queries of staff
"""
