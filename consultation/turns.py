"""Whose turn it is to write to the file of SQLite, among processes that ask again and again."""

import sqlite3
import time
from typing import Any

from sqlalchemy.engine import Connection

BUSY_TIMEOUT_MS = 10_000
BETWEEN_TRIES = 0.001  # seconds
PRIMARY_CODE = 0xFF  # of an error of SQLite; further bits tell its kind


def begin_writing(connection: Connection, until: float) -> None:
    """Begin to write as soon as no other process does, or fail at the moment `until`.

    SQLite's own waiting makes pauses of up to a tenth of a second, many times what a write takes.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while _is_others_turn(raw) and time.monotonic() < until:
            time.sleep(BETWEEN_TRIES)
        if not raw.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # says why not, as other statements do
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _is_others_turn(raw: sqlite3.Connection) -> bool:
    """Begin to write, or say that somebody else does."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return False
