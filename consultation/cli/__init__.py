"""Command line: `consultation` and its commands.

- backups: backup, restore, deployment
- base: application context, write transaction, errors in a sentence
- exports: export, demo, retention, results
- keys: show, confirm, rotate, abandon, identity
- mail: deliver, status, test, collect
- main: entry point; serve, doctor, plan, round, accounts
"""
