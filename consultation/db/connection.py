"""Connection to PostgreSQL of which no COMMIT waits for ever for its answer."""

import time
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from consultation.db.base import commit_patience

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
    """A connection whose COMMIT raises `OperationalError` when its answer does not come in time.

    PostgreSQL waits for a synchronous standby without a limit, and a limit of its own is of no use:
    once interrupted, it confirms what only its own disk holds.  So the answer is not heard: the
    wait is ended, which frees what the transaction has locked, and the connection is closed.
    """

    _patience: float | None = None

    def commit(self) -> None:
        """Commit; close the connection where PostgreSQL does not answer."""
        self._patience = commit_patience()
        try:
            super().commit()
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                with suppress(psycopg.Error):
                    self.cancel_safe(timeout=CANCELLED_WITHIN)
                self.close()
            raise
        finally:
            self._patience = None

    def wait(self, gen: PQGen[T], *arguments: Any, **named: Any) -> T:
        """Wait for an answer, to a COMMIT no longer than its patience."""
        if self._patience is not None:
            named.setdefault("timeout", self._patience)
        return super().wait(gen, *arguments, **named)
