"""Backups: making, signing, sealing and restoring them.

- backup: made, restored, and resumed where restoring was cut short
- content: what a backup holds
- encryption: age encryption of backups
- examination: examines a backup before it is restored
- postgresql: pg_dump, pg_restore wrappers
- schemas: compares the schema of a backup with the migrations
- signatures: signatures of backups
"""
