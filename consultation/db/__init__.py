"""Database: base classes, write transactions, upgrades.

- base: declarative base, column types, engine events, write transactions, snapshots
- erasure_log: append-only file of erased ids, replayed after a restore
- inserts: INSERT ... ON CONFLICT / RETURNING helpers
- stale: StaleEdit, raised where something was changed meanwhile; digests
- upgrade: runs Alembic, tells whether the schema is current
"""
