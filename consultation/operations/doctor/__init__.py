"""Doctor: what `consultation doctor` looks at.

- database: doctor: database; doctor: jobs
- finding: Finding
- machine: doctor: disk, clock, certificate
- report: doctor: runs all checks
"""
