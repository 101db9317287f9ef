"""Claiming: what is due is taken by one worker at a time, and what one mail carries is frozen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base
from consultation.mail import bounces, boxes, outbox
from consultation.mail.addresses import for_envelope
from consultation.mail.delivery import breakers as delivery_breakers
from consultation.mail.delivery.breakers import Breakers
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import IS_WAITING, WAITING, Delivery, MessageStatus, OutboxMessage

LEASE = timedelta(minutes=10)
HELD_FOR = timedelta(hours=1)
FLOOD_PAUSE = timedelta(minutes=5)
CANDIDATES = 50

# What is asked and written for every mail is made once, of plain tables.
_MESSAGES = Base.metadata.tables[OutboxMessage.__tablename__]
_DELIVERIES = Base.metadata.tables[Delivery.__tablename__]
_DELIVERY = sa.select(_DELIVERIES).where(_DELIVERIES.c.id == sa.bindparam("delivery"))
_NEW_DELIVERY = sa.insert(_DELIVERIES).returning(*_DELIVERIES.c)
_LEADS = (
    "id", "kind", "locale", "batch_key", "recipient_index", "mailbox_index", "domain_index",
    "delivery_id",
)  # fmt: skip
# Whoever cancels or erases on PostgreSQL may have done so since the messages were found.
_TAKE = (
    sa.update(_MESSAGES)
    .where(_MESSAGES.c.id.in_(sa.bindparam("found", expanding=True)), IS_WAITING)
    .values(
        status=MessageStatus.SENDING,
        delivery_id=sa.bindparam("delivery"),
        attempts=_MESSAGES.c.attempts + 1,
        next_attempt_at=sa.bindparam("lease_ends_at"),
    )
    .returning(
        _MESSAGES.c.id,
        _MESSAGES.c.attempts,
        sa.type_coerce(_MESSAGES.c.recipient, sa.LargeBinary).label("recipient"),
        sa.type_coerce(_MESSAGES.c.parameters, sa.LargeBinary).label("parameters"),
    )
)


@dataclass(frozen=True)
class Sealed:
    """One message of a mail, still encrypted: what can't be read must not stop the others."""

    id: int
    recipient: bytes | None
    parameters: bytes | None


@dataclass(frozen=True)
class Claimed:
    """A mail that this worker, and no other until `lease_ends_at`, is to send."""

    delivery_id: int
    message_id: str
    first_tried_at: datetime
    lease_ends_at: datetime
    attempt: int
    kind: str
    locale: str
    domain_index: str | None
    failed: frozenset[str]
    """The breakers that an answer may have to forget."""
    messages: Sequence[Sealed]


@dataclass(frozen=True)
class Rules:
    """What the settings say about what may leave: from whom, and how many answers."""

    sender: str
    daily_cap: int
    hourly_cap: int


def is_any_due(session: Session, at: datetime) -> bool:
    """Say whether a mail could leave now, without holding on to a moment of the database."""
    breakers = delivery_breakers.standing(session, at)
    found = (
        not breakers.server_rests
        and session.execute(
            _due(breakers.resting_domains), {"at": at, "passed": 0, "limit": 1}
        ).first()
    )
    session.rollback()
    return bool(found)


def claim_next(session: Session, rules: Rules, at: datetime) -> Claimed | None:
    """Return the next mail that is due, frozen, or None; to be called inside `writing`."""
    breakers = delivery_breakers.standing(session, at)
    if breakers.server_rests:
        return None
    for leader in _ours(session, breakers, at):
        if not _is_held(session, leader, breakers, rules, at):
            claimed = _claim(session, leader, breakers, rules.sender, at)
            if claimed is not None:
                return claimed
    return None


def _ours(session: Session, breakers: Breakers, at: datetime) -> Iterator[Any]:
    """Give the leaders of mails that are due and whose box nobody else decides on now.

    The first is looked for alone, as it is nearly always the one.
    """
    due, passed = _due(breakers.resting_domains), 0
    for limit in (1, CANDIDATES):
        page = {"at": at, "passed": passed, "limit": limit}
        for found in session.execute(due, page).all():
            passed = found.id
            # From before boxes that look alike were told apart, and no worker has come by yet.
            is_old = found.mailbox_index is None
            if session.get_bind().dialect.name == "sqlite" and not is_old:  # its one writer is us
                yield found
            # Whoever holds the lock of this box decides on it now, so that the next one is ours.
            elif outbox.try_lock(session, found.recipient_index):
                if is_old:
                    of_box = OutboxMessage.recipient_index == found.recipient_index
                    boxes.fill(session, of_box, OutboxMessage.status.in_(WAITING), waits=True)
                one = {"at": at, "passed": 0, "limit": 1}
                again = session.execute(due.where(_MESSAGES.c.id == found.id), one).one_or_none()
                if again is not None:
                    yield again


@lru_cache(maxsize=8)
def _due(resting: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    """Return the question what is due but `passed`, to be told `at` and the `limit` of rows.

    What was passed is told by its id: once it is put off, counting from it would skip the next.
    The question is made once, of plain columns: making it would cost as much as asking it.
    """
    of_others = (
        sa.or_(_MESSAGES.c.domain_index.is_(None), _MESSAGES.c.domain_index.not_in(resting))
        if resting
        else sa.true()
    )
    return (
        sa.select(*(_MESSAGES.c[name] for name in _LEADS))
        .where(IS_WAITING, _MESSAGES.c.next_attempt_at <= sa.bindparam("at"), of_others)
        .where(_MESSAGES.c.id != sa.bindparam("passed"))
        .order_by(_MESSAGES.c.next_attempt_at, _MESSAGES.c.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _is_held(session: Session, leader: Any, breakers: Breakers, rules: Rules, at: datetime) -> bool:
    """Put off a mail that was never tried, and say so, while its box or the hour is full."""
    if leader.delivery_id is not None or leader.kind not in names_of([Reach.ANSWER]):
        return False
    if delivery_breakers.answers_must_wait(session, breakers.flood, at, rules.hourly_cap):
        _hold(session, leader, at + FLOOD_PAUSE, delivery_breakers.FLOOD)
        return True
    if leader.batch_key is None:
        return False
    if outbox.recent_deliveries(session, leader.recipient_index, at) < rules.daily_cap:
        return False
    _hold(session, leader, at + HELD_FOR, "daily_cap")
    return True


def _claim(
    session: Session, leader: Any, breakers: Breakers, sender: str, at: datetime
) -> Claimed | None:
    """Take a mail, or return None when nothing of it waits any more."""
    lease_ends_at = at + LEASE
    found = _contents(session, leader)
    delivery = _delivery(session, leader, sender, at)
    taken = _take(session, found, delivery.id, lease_ends_at)
    if not taken:
        if leader.delivery_id is None:
            session.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.id == delivery.id))
        return None
    return Claimed(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        first_tried_at=delivery.created_at,
        lease_ends_at=lease_ends_at,
        attempt=max(row.attempts for row in taken),
        kind=leader.kind,
        locale=leader.locale,
        domain_index=leader.domain_index,
        failed=breakers.failed,
        messages=[Sealed(row.id, row.recipient, row.parameters) for row in taken],
    )


def _take(
    session: Session, found: Sequence[int], delivery_id: int, lease_ends_at: datetime
) -> Sequence[Any]:
    """Take those messages that still wait, and return them as the database holds them."""
    taken = {"found": found, "delivery": delivery_id, "lease_ends_at": lease_ends_at}
    return sorted(session.execute(_TAKE, taken), key=lambda row: row.id)


def _delivery(session: Session, leader: Any, sender: str, at: datetime) -> Any:
    """Return the row of the mail that the message was in before, else of a new one."""
    if leader.delivery_id is not None:
        return session.execute(_DELIVERY, {"delivery": leader.delivery_id}).one()
    domain = for_envelope(sender).rpartition("@")[2]
    values = {
        "message_id": bounces.new_message_id(domain),
        "recipient_index": leader.recipient_index,
        "mailbox_index": leader.mailbox_index,
        "created_at": at,
    }
    return session.execute(_NEW_DELIVERY, values).one()


def _company(leader: Any) -> Sequence[sa.ColumnElement[bool]]:
    """Return what holds of the messages that share the mail of `leader`."""
    if leader.delivery_id is not None:
        return [
            _MESSAGES.c.delivery_id == leader.delivery_id,
            _MESSAGES.c.status.in_(WAITING),
        ]
    fresh = [_MESSAGES.c.delivery_id.is_(None), _MESSAGES.c.status == MessageStatus.QUEUED]
    if leader.batch_key is None or leader.mailbox_index is None:
        return [_MESSAGES.c.id == leader.id, *fresh]
    return [
        _MESSAGES.c.batch_key == leader.batch_key,
        _MESSAGES.c.recipient_index == leader.recipient_index,
        _MESSAGES.c.mailbox_index == leader.mailbox_index,
        _MESSAGES.c.kind == leader.kind,
        _MESSAGES.c.locale == leader.locale,
        *fresh,
    ]


def _contents(session: Session, leader: Any) -> Sequence[int]:
    """Return the ids of the messages that the mail of `leader` is to carry."""
    wanted = sa.select(_MESSAGES.c.id).where(*_company(leader)).order_by(_MESSAGES.c.id)
    return session.scalars(wanted.limit(outbox.BATCH_LIMIT)).all()


def _hold(session: Session, leader: Any, until: datetime, why: str) -> None:
    held = sa.update(_MESSAGES).where(*_company(leader))
    session.execute(held.values(next_attempt_at=until, last_error=why))
