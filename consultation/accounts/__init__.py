"""Staff accounts: invitations, roles and their own pages.

- audit/: audit log of the staff
- sign_in/: passwords, second factor, sessions, throttling
- administration: roles, disabling, session and 2FA resets of others
- forms: forms of an invitation and of the roles of an account
- invitations: one-time account links, by mail or for the first administrator
- models: account, role, session, invitation, audit tables
- profile_views: views of « Mon compte »
- roles: permissions of each role, the signed-in actor, administrators to ask
- site_switches: site-wide switches; the only one turns on proof of work
- staff: creation, lookup and closing of accounts
- staff_views: views of accounts and invitations
- views: sign-in, sign-out, welcome and the staff home
"""
