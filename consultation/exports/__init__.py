"""Exports: workbooks for the staff.

- orders/: pages, jobs and notifications
- saved/: Saved export settings and their schedule
- workbook/: what it holds and how it is written
- contacts: contact list export
- files: names, manifests, how long they are kept, and a retry beside an erasure
- models: saved setting table
- process: runs an export in a subprocess
- request: which file to write, of which round and where
- selection: filters of a workbook
"""
