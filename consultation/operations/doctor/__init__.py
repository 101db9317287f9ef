"""Doctor: the checks of `consultation doctor`.

- checks: all checks, in the order in which to mend what they find
- database: checks of the database, of backups and of jobs
- finding: the finding of one check
- jobs: whole examination, run by the worker
- machine: checks of disk, clock, keys, certificate and proxy
"""
