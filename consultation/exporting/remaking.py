"""Files made while something may be erased: who removes older ones may not have seen them yet."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.results.instant import last_erasure, one_instant

Made = TypeVar("Made")


def beside_erasures(
    session: Session,
    at: datetime,
    make: Callable[[datetime], Made],
    discard: Callable[[Made], None],
) -> Made:
    """Return what `make` gives, called with the moment that the file's name says.

    Where an erasure came in meanwhile the file is discarded and made again, under a later moment.
    """
    while True:
        known = _last(session)
        made = make(at)
        if _last(session) == known:
            return made
        discard(made)
        at = max(at, now())


def _last(session: Session) -> int:
    with one_instant(session) as instant:
        return last_erasure(instant)
