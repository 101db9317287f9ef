"""Backups: backup, signature, encryption, examination and restore.

- backup: backup of the database, sealed and signed
- content: rows and checksums of a backup's tables
- encryption: encryption in the age format
- examination: examination of a backup before its restore
- jobs: backups made by the worker, and the copies in their folder
- postgresql: pg_dump and pg_restore, and the rows of their dumps
- restore: restore of a copy, resumed after an interruption
- schemas: schemas of backups, compared with the migrations
- signatures: signatures of backups
"""
