"""Exports: workbooks for the staff.

- orders/: pages, jobs and notifications of ordered exports
- saved/: saved export settings and their schedule
- workbook/: contents of a workbook, and its writer
- contacts: contact list of a round
- files: names, manifests and retention of export files
- models: table of saved export settings
- process: subprocess of an export
- request: request of an export: round, format, directory, filters
- selection: filters of a workbook: measures, agreement, anonymity, language
"""
