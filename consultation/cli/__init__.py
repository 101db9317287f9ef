"""Command line: `consultation` and its commands.

- backups: CLI backup, restore; CLI deployment
- base: CLI base: app context, errors
- exports: CLI export, demo, retention; CLI results
- keys: CLI keys
- mail: CLI mail
- main: CLI entry point; serve, doctor, plan, round, accounts commands
"""
