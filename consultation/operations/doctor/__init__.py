"""Doctor: the checks of `consultation doctor`.

- database: checks of the database, of backups and of jobs
- finding: the finding of one check
- machine: checks of disk, clock, keys and certificate
- report: runs all checks, and what the other packages know
"""
