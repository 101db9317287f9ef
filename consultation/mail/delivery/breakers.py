"""Circuit breakers of delivery: one for the mail server, one for each domain, one for floods.

A breaker without `open_until` waits for an administrator; else nothing is tried until then.
"""

import random
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base
from consultation.db.inserts import insert_once
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import Breaker, Delivery, OutboxMessage

SERVER = "server"
"""The scope of the mail server as a whole; that of a domain is its keyed hash."""
FLOOD = "flood"
"""The scope of answers that were too many in an hour: an administrator lets them go."""

LONGEST_DELAY = timedelta(hours=1)
JITTER = 0.2
LONGEST_PAUSE = LONGEST_DELAY * (1 + JITTER)
"""A scope that is paused for longer was paused by a clock that was ahead: it is tried."""
DOMAIN_PATIENCE = 5
"""Mails in a row that a domain may defer before its other mails are paused."""
LONGEST_SILENCE = 2 * LONGEST_DELAY
"""How long after its pause a scope is tried again at the latest: what waits is due before.

After more, nothing was tried for a while, and a failure starts a new series.
"""
HOUR = timedelta(hours=1)


def delay_after(failures: int, first: timedelta) -> timedelta:
    """Return the delay after so many failures: doubled each time, up to an hour plus jitter."""
    delay = min(first * (1 << min(failures - 1, 20)), LONGEST_DELAY)
    return delay * random.uniform(1, 1 + JITTER)  # noqa: S311 - no secret


def find(session: Session, scope: str) -> Breaker | None:
    """Return the breaker of a scope, read again, or None when nothing failed there."""
    return session.get(Breaker, scope, populate_existing=True)


def find_ongoing(session: Session, scope: str, at: datetime) -> Breaker | None:
    """Return the breaker of a scope whose series of failures lasts until now, or None."""
    breaker = find(session, scope)
    return breaker if breaker is not None and _is_recent(breaker, at) else None


@dataclass(frozen=True)
class Breakers:
    """State of all breakers at one moment."""

    is_server_paused: bool
    paused_domains: tuple[str, ...]
    flood: Any | None
    """The row of the breaker of floods, if there is one."""
    failed: frozenset[str]
    """The scopes that failed since they last replied."""

    @property
    def are_answers_stopped(self) -> bool:
        """Whether acknowledgements wait for an administrator."""
        return self.flood is not None and self.flood.open_until is None


def current(session: Session, at: datetime) -> Breakers:
    """Return the state of the breakers, in one query."""
    rows = {row.scope: row for row in session.execute(_ALL)}
    paused = {
        row.scope
        for row in rows.values()
        if row.open_until and at < row.open_until <= at + LONGEST_PAUSE
    }
    return Breakers(
        is_server_paused=SERVER in paused,
        paused_domains=tuple(sorted(paused - {SERVER, FLOOD})),
        flood=rows.get(FLOOD),
        failed=frozenset(rows),
    )


def note_failure(
    session: Session, scope: str, reason: str, at: datetime, first: timedelta
) -> datetime:
    """Record a failure; return until when its scope is paused, which is `at` if it is not."""
    breaker = _lock(session, scope, reason, at)
    if not _is_recent(breaker, at):
        breaker.since, breaker.failures = at, 0
    breaker.failures += 1
    breaker.reason = reason
    beyond = breaker.failures - (0 if scope == SERVER else DOMAIN_PATIENCE - 1)
    until = at + delay_after(beyond, first) if beyond > 0 else at
    breaker.open_until = until
    session.flush()
    return until


def close(session: Session, *scopes: str | None) -> None:
    """Forget the failures of these scopes, which are tried as if there had been none."""
    session.execute(_CLOSE, {"scopes": scopes})


def answers_left(session: Session, breakers: Breakers, at: datetime, cap: int) -> int:
    """Return how many acknowledgements may leave now, as `cap` may in an hour (0: no cap)."""
    if breakers.are_answers_stopped:
        return 0
    if not cap:
        return sys.maxsize
    let_go_at = breakers.flood.open_until if breakers.flood else None
    since = max(at - HOUR, let_go_at) if let_go_at and let_go_at <= at else at - HOUR
    return cap - _answers_between(session, since, at + HOUR)


def stop_answers(session: Session, at: datetime) -> None:
    """Stop acknowledgements, until an administrator releases them."""
    flood = _lock(session, FLOOD, FLOOD, at)
    flood.since, flood.open_until = at, None
    session.flush()


def answers_wait(session: Session) -> bool:
    breaker = find(session, FLOOD)
    return breaker is not None and breaker.open_until is None


def release_answers(session: Session, at: datetime) -> bool:
    """Release the acknowledgements that wait, up to the cap again; return whether any waited."""
    if not answers_wait(session):
        return False
    _lock(session, FLOOD, FLOOD, at).open_until = at
    session.flush()
    return True


def _lock(session: Session, scope: str, reason: str, at: datetime) -> Breaker:
    """Lock the breaker of a scope, inserted if missing: two workers may fail at the same time."""
    insert_once(session, Breaker, {"scope": scope, "failures": 0, "reason": reason, "since": at})
    return session.get_one(Breaker, scope, populate_existing=True, with_for_update=True)


def _is_recent(breaker: Breaker, at: datetime) -> bool:
    """Recognise a series: the last failure is recent enough for the next to continue it.

    One that lies ahead of now does not: the clock was wrong.
    """
    return breaker.open_until is not None and abs(at - breaker.open_until) <= LONGEST_SILENCE


_BREAKERS = Base.metadata.tables[Breaker.__tablename__]
_ALL = sa.select(_BREAKERS)
_CLOSE = sa.delete(_BREAKERS).where(_BREAKERS.c.scope.in_(sa.bindparam("scopes", expanding=True)))


def _answers_between(session: Session, since: datetime, until: datetime) -> int:
    """Count the acknowledgements that left since then; what is dated later, a wrong clock sent."""
    is_answer = Delivery.messages.any(OutboxMessage.kind.in_(names_of([Reach.ANSWER])))
    recent = sa.select(sa.func.count()).where(Delivery.created_at.between(since, until), is_answer)
    return session.scalar(recent) or 0
