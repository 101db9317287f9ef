"""Staff accounts: invitations, roles and their own pages.

- audit/: audit log of the staff
- sign_in/: passwords, second factor, sessions, rate limits
- administration: roles, closing and opening again, sessions, second factor
- first_link: the link of the first administrator, on a terminal or in a file
- forms: an invitation, the roles of an account, the languages one reads
- home_views: home page of the staff
- invitations: one-time account links, by mail or for the first administrator
- languages: languages that each account reads
- models: tables of accounts
- profile_views: « Mon compte »
- roles: permissions of each role, and the signed-in actor
- site_switches: site-wide switches, each turned by who has its permission
- staff: creation, lookup and closing of accounts
- staff_views: pages of staff accounts and their invitations
- views: sign-in, sign-out and welcome
"""
