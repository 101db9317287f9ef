"""Command line: `consultation` and its commands.

- accounts: create, reset-second-factor
- backups: backup, restore
- base: application context, write transaction, progress
- data: retention, results, requests
- demo: demo
- doctor: doctor
- documents: document, report
- exports: export
- group: loads commands, errors in a sentence
- keys: show, confirm, rotate, abandon, identity
- mail: deliver, status, test, collect
- main: entry point, list of commands
- plan: import and template of the plan, and of values
- rounds: open, close, publish
- server: serve, deployment
"""
