"""Command line: `consultation` and its commands.

- backups: backup, restore, deployment
- base: CLI base: app context, errors
- exports: export, demo, retention, results
- keys: CLI keys
- mail: CLI mail
- main: CLI entry point; serve, doctor, plan, round, accounts commands
"""
