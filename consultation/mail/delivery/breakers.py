"""The circuit breakers: when nothing is tried, for no domain or for one, and until when."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.inserts import insert_once
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import Breaker, Delivery, OutboxMessage

SERVER = "server"
"""The scope of the mail server as a whole; that of a domain is its keyed hash."""
FLOOD = "flood"
"""The scope of answers that were too many in an hour: an administrator lets them go."""

LONGEST_DELAY = timedelta(hours=1)
JITTER = 0.2
DOMAIN_PATIENCE = 5
"""How many mails in a row a domain may put off before the others stop asking."""
LONGEST_SILENCE = 2 * LONGEST_DELAY
"""How long after its rest a scope is tried again at the latest: what waits is due before.

After more, nothing was tried for a while, and a failure begins a new series.
"""
HOUR = timedelta(hours=1)


def delay_after(failures: int, first: timedelta) -> timedelta:
    """Return how long to wait after so many failures: doubled each time, to an hour and a bit."""
    delay = min(first * (1 << min(failures - 1, 20)), LONGEST_DELAY)
    return delay * random.uniform(1, 1 + JITTER)  # noqa: S311 - nobody gains by guessing it


def find(session: Session, scope: str) -> Breaker | None:
    """Return the breaker of a scope, as it is now, or None when nothing failed there."""
    return session.get(Breaker, scope, populate_existing=True)


def find_unbroken(session: Session, scope: str, at: datetime) -> Breaker | None:
    """Return the breaker of a scope that has been asked in vain again and again until now."""
    breaker = find(session, scope)
    return breaker if breaker is not None and _goes_on(breaker, at) else None


@dataclass(frozen=True)
class Breakers:
    """How all of them stand at one moment; `failed` are those that failed since they answered."""

    server_rests: bool
    resting_domains: tuple[str, ...]
    flood: Any | None
    """The row of that breaker, if there is one."""
    failed: frozenset[str]


def standing(session: Session, at: datetime) -> Breakers:
    """Return how the breakers stand, in one query."""
    found = {row.scope: row for row in session.execute(_ALL)}
    resting = [it.scope for it in found.values() if it.open_until and it.open_until > at]
    return Breakers(
        server_rests=SERVER in resting,
        resting_domains=tuple(sorted({*resting} - {SERVER, FLOOD})),
        flood=found.get(FLOOD),
        failed=frozenset(found),
    )


def note_failure(
    session: Session, scope: str, reason: str, at: datetime, first: timedelta
) -> datetime:
    """Note that a mail could not leave; return until when its scope rests: `at` if it does not."""
    breaker = _held(session, scope, reason, at)
    if not _goes_on(breaker, at):
        breaker.since, breaker.failures = at, 0
    breaker.failures += 1
    breaker.reason = reason
    beyond = breaker.failures - (0 if scope == SERVER else DOMAIN_PATIENCE - 1)
    until = at + delay_after(beyond, first) if beyond > 0 else at
    breaker.open_until = until
    session.flush()
    return until


def close(session: Session, *scopes: str | None) -> None:
    """Forget the failures of these scopes, which are asked as if there had been none."""
    session.execute(sa.delete(Breaker).where(Breaker.scope.in_(scopes)))


def answers_must_wait(session: Session, breaker: Any | None, at: datetime, cap: int) -> bool:
    """Say whether answers wait for an administrator: `cap` have left in an hour (0: no cap).

    `breaker` is that of the flood, as it stands.
    """
    if breaker is not None and breaker.open_until is None:
        return True
    if not cap or _answers_since(session, _counted_from(breaker, at)) < cap:
        return False
    held = _held(session, FLOOD, FLOOD, at)
    held.since, held.open_until = at, None
    session.flush()
    return True


def answers_wait(session: Session) -> bool:
    """Say whether answers wait for an administrator to let them go."""
    breaker = find(session, FLOOD)
    return breaker is not None and breaker.open_until is None


def let_answers_go(session: Session, at: datetime) -> bool:
    """Let the answers that wait leave, up to the cap again; return whether they were waiting."""
    if not answers_wait(session):
        return False
    _held(session, FLOOD, FLOOD, at).open_until = at
    session.flush()
    return True


def _held(session: Session, scope: str, reason: str, at: datetime) -> Breaker:
    """Return the breaker of a scope, there from now on: two workers may be the first to fail."""
    insert_once(session, Breaker, {"scope": scope, "failures": 0, "reason": reason, "since": at})
    return session.get_one(Breaker, scope, populate_existing=True, with_for_update=True)


def _goes_on(breaker: Breaker, at: datetime) -> bool:
    """Say whether the last failure of a scope is recent enough for the next to follow upon it."""
    return breaker.open_until is not None and at - breaker.open_until <= LONGEST_SILENCE


_ALL = sa.select(sa.inspect(Breaker).local_table)


def _counted_from(breaker: Any | None, at: datetime) -> datetime:
    let_go_at = breaker.open_until if breaker else None
    return max(at - HOUR, let_go_at) if let_go_at else at - HOUR


def _answers_since(session: Session, since: datetime) -> int:
    """Return how many mails that answer somebody left since then, whatever left before."""
    is_answer = Delivery.messages.any(OutboxMessage.kind.in_(names_of([Reach.ANSWER])))
    recent = sa.select(sa.func.count()).where(Delivery.created_at >= since, is_answer)
    return session.scalar(recent) or 0
