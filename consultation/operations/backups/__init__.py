"""Backups: making, signing, sealing and restoring them.

- backup: backup and restore; resumes an interrupted restore
- content: what a backup holds
- encryption: age encryption of backups
- examination: examines a backup before it is restored
- postgresql: pg_dump, pg_restore wrappers
- schemas: compares the schema of a backup with the migrations
- signatures: signatures of backups
"""
