"""Turns for documents: a process makes one at a time for its visitors, and few may wait for theirs.

A visitor who waits holds a thread, which answers nobody else: the next one is asked to come back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

MOST = 2
"""Visitors of a process whose document is being made, or waits for its turn."""
LONGEST_WAIT = 20.0
"""Seconds for which the second of them waits."""

_places = BoundedSemaphore(MOST)
_one_at_a_time = Lock()


class NoDocument(Exception):
    """A document can't be made now."""


class NoTurn(NoDocument):
    """Others wait for documents already; a few seconds later there may be a turn."""


@contextmanager
def turn() -> Iterator[None]:
    """Hold the turn of a document while it is made; raise `NoTurn` at once where others wait.

    An `OSError` on the way, as on a full disk, becomes `NoDocument`.  Turns are not taken twice by
    one visitor.
    """
    if not _places.acquire(blocking=False):
        raise NoTurn
    try:
        if not _one_at_a_time.acquire(timeout=LONGEST_WAIT):
            raise NoTurn
        try:
            yield
        finally:
            _one_at_a_time.release()
    except OSError as error:
        raise NoDocument from error
    finally:
        _places.release()
