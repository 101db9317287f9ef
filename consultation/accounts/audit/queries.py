"""What an administrator may read of the trail: a list with its filters.  Nothing writes here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit.labels import ON_ACCOUNTS
from consultation.accounts.models import Account, AuditEvent
from consultation.clock import PARIS
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Actor, NotAllowed, Permission

PAGE_LENGTH = 50
MOST_EXPORTED = 100_000
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Filters:
    """What the trail is narrowed to; days are those of Paris, both included.

    `account_id` is that of who acted; `is_nobody` asks for what nobody known did.  `about_id` is
    the account that something was done to, `subject` any other thing.
    """

    account_id: int | None = None
    is_nobody: bool = False
    action: str = ""
    since: date | None = None
    until: date | None = None
    subject: str = ""
    about_id: int | None = None

    @property
    def named(self) -> list[str]:
        """Which filters are set, in French, never what they are set to."""
        stated = {
            "compte": self.account_id is not None or self.is_nobody,
            "action": bool(self.action),
            "du": self.since is not None,
            "au": self.until is not None,
            "objet": bool(self.subject) or self.about_id is not None,
        }
        return [name for name, is_set in stated.items() if is_set]


class Noted(NamedTuple):
    """One event; `email` is None when nobody known acted."""

    event: AuditEvent
    email: str | None


def events(session: Session, actor: Actor, filters: Filters, page: int) -> Paged[Noted]:
    """Return a page of the trail, the latest first; raise `NotAllowed`."""
    _check(actor)
    found = paged(session, _query(filters), page, PAGE_LENGTH)
    rows = [Noted(*row) for row in found.rows]
    return Paged(rows, found.number, found.page_count, found.total)


def exported(session: Session, actor: Actor, filters: Filters) -> Iterator[Noted]:
    """Give the latest events, at most `MOST_EXPORTED`, a thousand in memory at a time."""
    _check(actor)
    last_id: int | None = None
    left = MOST_EXPORTED
    while left > 0:
        query = _query(filters).limit(min(ROWS_AT_ONCE, left))
        if last_id is not None:
            query = query.where(AuditEvent.id < last_id)
        rows = [Noted(*row) for row in session.execute(query)]
        yield from rows
        if not rows:
            return
        last_id, left = rows[-1].event.id, left - len(rows)
        for row in rows:
            session.expunge(row.event)


def count(session: Session, actor: Actor, filters: Filters) -> int:
    """Return how many events there are; raise `NotAllowed`."""
    _check(actor)
    return session.scalar(sa.select(sa.func.count(AuditEvent.id)).where(*_conditions(filters))) or 0


def accounts(session: Session, actor: Actor) -> Sequence[Account]:
    """Return everyone who may have acted, by address; raise `NotAllowed`."""
    _check(actor)
    return session.scalars(sa.select(Account).order_by(Account.email)).all()


def actions(session: Session, actor: Actor) -> Sequence[str]:
    """Return the actions that the trail holds; raise `NotAllowed`."""
    _check(actor)
    return session.scalars(sa.select(AuditEvent.action).distinct()).all()


def account_by_subject(session: Session, actor: Actor) -> dict[str, Account]:
    """Return the accounts by their ids as subjects write them; raise `NotAllowed`."""
    return {str(account.id): account for account in accounts(session, actor)}


def _query(filters: Filters) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(AuditEvent, Account.email)
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .where(*_conditions(filters))
        .order_by(AuditEvent.id.desc())
    )


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.is_nobody:
        conditions.append(AuditEvent.account_id.is_(None))
    elif filters.account_id is not None:
        conditions.append(AuditEvent.account_id == filters.account_id)
    if filters.action:
        conditions.append(AuditEvent.action == filters.action)
    # The first day begins, and the last ends, outside the calendar: neither leaves anything out.
    if filters.since and filters.since > date.min:
        conditions.append(AuditEvent.happened_at >= _midnight(filters.since))
    if filters.until and filters.until < date.max:
        conditions.append(AuditEvent.happened_at < _midnight(filters.until + timedelta(days=1)))
    if filters.subject:
        conditions.append(AuditEvent.subject == filters.subject)
    if filters.about_id is not None:
        conditions.append(AuditEvent.subject == str(filters.about_id))
        conditions.append(AuditEvent.action.in_(ON_ACCOUNTS))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.READ_TRAIL):
        raise NotAllowed(Permission.READ_TRAIL)
