"""Doctor: what `consultation doctor` looks at.

- database: the database and the jobs
- finding: Finding
- machine: doctor: disk, clock, certificate
- report: doctor: runs all checks
"""
