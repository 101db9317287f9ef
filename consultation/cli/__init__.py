"""Command line: `consultation` and its commands.

- backups: backup, restore
- base: application context, write transaction, errors in a sentence
- data: export, demo, retention, results
- keys: show, confirm, rotate, abandon, identity
- mail: deliver, status, test, collect
- main: entry point; serve, doctor, deployment, plan, round, accounts
"""
