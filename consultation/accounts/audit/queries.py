"""Audit log queries for administrators: events by filters, accounts and actions to filter by."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit.labels import CODES, LABELS, ON_ACCOUNTS, Names
from consultation.accounts.models import Account, AuditEvent
from consultation.clock import PARIS
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

PAGE_LENGTH = 40
MOST_EXPORTED = 100_000
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Filters:
    """Filters of the audit log; days are those of Paris, both included.

    `account_id` is that of the actor; `is_unknown_actor` selects events without an account.
    `about_id` is the account that is the subject, `subject` any other subject.
    """

    account_id: int | None = None
    is_unknown_actor: bool = False
    action: str = ""
    since: date | None = None
    until: date | None = None
    subject: str = ""
    about_id: int | None = None

    @property
    def named(self) -> list[str]:
        """The names of the filters that are set, in French, without their values."""
        is_set_by_name = {
            "compte": self.account_id is not None or self.is_unknown_actor,
            "action": bool(self.action),
            "du": self.since is not None,
            "au": self.until is not None,
            "objet": bool(self.subject) or self.about_id is not None,
        }
        return [name for name, is_set in is_set_by_name.items() if is_set]


Namer = Callable[[Session, Collection[str]], Mapping[str, str]]
"""Names the things of these codes in French, without a text or an address of a person."""

_namers: dict[str, Namer] = {}


def register_namer(namer: Namer, *subjects: str) -> None:
    """Have `namer` name the subjects that `labels` calls by these words."""
    _namers.update(dict.fromkeys(subjects, namer))


class LoggedEvent(NamedTuple):
    """An event with the address of its actor, None where no account acted."""

    event: AuditEvent
    email: str | None


@needs(Permission.READ_TRAIL)
def events(work: Work, filters: Filters, page: int) -> Paged[LoggedEvent]:
    """Return a page of the audit log, the latest first; raise `NotAllowed`."""
    logged = paged(work.session, _query(filters), page, PAGE_LENGTH)
    rows = [LoggedEvent(*row) for row in logged.rows]
    return Paged(rows, logged.number, logged.page_count, logged.total)


@needs(Permission.READ_TRAIL)
def names(work: Work, events: Iterable[LoggedEvent]) -> Names:
    """Name what events are about; what is gone, and what no package names, is left out."""
    codes: dict[str, set[str]] = defaultdict(set)
    for event, _email in events:
        for subject, code in _codes(event):
            codes[subject].add(code)
    return {
        (subject, code): name
        for subject, of_subject in codes.items()
        if subject in _namers
        for code, name in _namers[subject](work.session, of_subject).items()
    }


def _codes(event: AuditEvent) -> Iterator[tuple[str, str]]:
    """Yield the subject of an event and the codes among its details, each after its kind."""
    label = LABELS.get(event.action)
    if label and event.subject:
        yield label.subject, event.subject
    for key, value in (event.details or {}).items():
        if key in CODES and isinstance(value, str):
            yield CODES[key], value


@needs(Permission.READ_TRAIL)
def exported(work: Work, filters: Filters) -> Iterator[tuple[LoggedEvent, Names]]:
    """Yield the latest events with names, at most `MOST_EXPORTED`, a thousand in memory at a time.

    The names are those of all the subjects that are in memory.
    """
    last_id: int | None = None
    left = MOST_EXPORTED
    while left > 0:
        query = _query(filters).limit(min(ROWS_AT_ONCE, left))
        if last_id is not None:
            query = query.where(AuditEvent.id < last_id)
        rows = [LoggedEvent(*row) for row in work.session.execute(query)]
        named = names(work, rows)
        yield from ((row, named) for row in rows)
        if not rows:
            return
        last_id, left = rows[-1].event.id, left - len(rows)
        for row in rows:
            work.session.expunge(row.event)


@needs(Permission.READ_TRAIL)
def count(work: Work, filters: Filters) -> int:
    """Count the events; raise `NotAllowed`."""
    return (
        work.session.scalar(sa.select(sa.func.count(AuditEvent.id)).where(*_conditions(filters)))
        or 0
    )


@needs(Permission.READ_TRAIL)
def accounts(work: Work) -> Sequence[Account]:
    """Return all accounts, by address; raise `NotAllowed`."""
    return work.session.scalars(sa.select(Account).order_by(Account.email)).all()


@needs(Permission.READ_TRAIL)
def actions(work: Work) -> Sequence[str]:
    """Return the distinct actions of the audit log; raise `NotAllowed`."""
    return work.session.scalars(sa.select(AuditEvent.action).distinct()).all()


def account_by_subject(work: Work) -> dict[str, Account]:
    """Return the accounts by id, as subjects of events write it; raise `NotAllowed`."""
    return {str(account.id): account for account in accounts(work)}


def _query(filters: Filters) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(AuditEvent, Account.email)
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .where(*_conditions(filters))
        .order_by(AuditEvent.id.desc())
    )


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.is_unknown_actor:
        conditions.append(AuditEvent.account_id.is_(None))
    elif filters.account_id is not None:
        conditions.append(AuditEvent.account_id == filters.account_id)
    if filters.action:
        conditions.append(AuditEvent.action == filters.action)
    # The bounds of the calendar, whose neighbours do not exist, leave nothing out.
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
