"""Staff accounts: invitations, roles and their own pages.

- audit/: what the staff did, and who may read it
- sign_in/: passwords, second factor, sessions, throttling
- administration: roles, disabling, session and 2FA resets of others
- forms: an invitation, and the roles of an account
- invitations: one-time account links, by mail or for the first administrator
- models: account, role, session, invitation, audit tables
- profile_views: « Mon compte »
- roles: what each permits, the actor who holds them, and whom to ask for what they lack
- staff: account creation and lookup
- staff_views: the list of accounts and invitations, and the page of one account
- switches: site-wide feature flags (there is one)
- views: home, sign-out, welcome pages
"""
