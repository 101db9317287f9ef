"""Backups: backup, signature, encryption, examination and restore.

- backup: backup and restore, resumed after an interruption
- content: rows and checksums of a copy's tables
- encryption: encryption in the age format
- examination: examination of a copy before its restore
- postgresql: runs pg_dump and pg_restore
- schemas: compares the schema of a copy with the migrations
- signatures: signatures of backups
"""
