"""Database: base classes, write transactions, upgrades.

- base: declarative base, column types, engine events, write transactions, snapshots
- connection: connection to PostgreSQL, of which no COMMIT waits for ever
- erasure_log: signed, append-only file of erased ids, replayed after a restore
- inserts: INSERT statements without the ORM's flush
- permanent_rows: rows that stay for good, which none does while a round is tried out
- search: search in columns of text without accents and case
- stale: StaleEdit, raised when a row was changed since it was displayed; digests
- statements: statements on tables, compiled once for each kind of database
- upgrade: runs Alembic, tells whether the schema is current
"""
