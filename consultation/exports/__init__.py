"""Exports: workbooks for the staff.

- orders/: pages, jobs and notifications
- saved/: Saved export settings and their schedule
- workbook/: what it holds and how it is written
- contacts: contact list export
- files: retention of export files; retries a file made during an erasure
- models: saved setting table
- process: runs an export in a subprocess
- selection: filters of a workbook
"""
