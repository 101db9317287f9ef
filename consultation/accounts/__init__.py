"""Staff accounts: invitations, roles and their own pages.

- audit/: what the staff did, and who may read it
- sign_in/: passwords, second factor, sessions, throttling
- administration: roles, disabling, session and 2FA resets of others
- invitations: invitations of staff by mail; one-time account links, first administrator
- models: account, role, session, invitation, audit tables
- profile_views: « Mon compte »
- roles: whom to ask for a missing permission (403 page); role to permission table, StaffActor
- staff: account creation and lookup
- staff_views: staff page of one account; list of accounts, invitations
- switches: site-wide feature flags (there is one)
- views: home, sign-out, welcome pages
"""
