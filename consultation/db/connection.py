"""Connection to PostgreSQL of which no COMMIT, and no statement of a visitor, waits for ever."""

import time
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from consultation.db.base import commit_patience, lose_patience, statement_patience

T = TypeVar("T")
CANCELLED_WITHIN = 1.0  # seconds
NOT_ASKED_FOR = 2.0  # seconds

_silent_until: dict[object, float] = {}
"""Until when an address that did not answer is not asked again (monotonic clock)."""


def connect(*places: Any, **named: Any) -> "Connection":
    """Open a connection; fail at once where the same address was silent a moment ago.

    A page asks several times, of which each goes on without an answer, and would wait each time.
    """
    address = (named.get("host"), named.get("port"))
    if time.monotonic() < _silent_until.get(address, 0):
        raise psycopg.errors.ConnectionTimeout("the address was silent a moment ago")
    try:
        return Connection.connect(*places, **named)
    except psycopg.errors.ConnectionTimeout:
        _silent_until[address] = time.monotonic() + NOT_ASKED_FOR
        raise


class Connection(psycopg.Connection[Any]):
    """A connection that raises `OperationalError` when an answer does not come in time.

    PostgreSQL waits for a synchronous standby without a limit, and a limit of its own
    (`statement_timeout`) is of no use: once interrupted, it confirms what only its own disk holds.
    So the answer is not heard: the wait is ended, which frees what the transaction has locked, and
    the connection is closed.  A statement is given up alike, at no cost to the others.
    """

    _patience: float | None = None

    def commit(self) -> None:
        """Commit, with the patience of a COMMIT."""
        self._patience = commit_patience()
        try:
            super().commit()
        finally:
            self._patience = None

    def wait(self, gen: PQGen[T], *arguments: Any, **named: Any) -> T:
        """Wait for an answer no longer than its patience; close the connection if none comes."""
        patience = statement_patience() if self._patience is None else self._patience
        if patience is not None:
            named.setdefault("timeout", patience)
        try:
            return super().wait(gen, *arguments, **named)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self._give_up()
            raise

    def _give_up(self) -> None:
        lose_patience()
        with suppress(psycopg.Error):
            self.cancel_safe(timeout=CANCELLED_WITHIN)
        self.close()
