"""Claiming: what is due is taken by one worker at a time, and what one mail carries is frozen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.mail import breaking, pacing, returning
from consultation.mail.addresses import for_envelope
from consultation.mail.breaking import Breakers
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import IS_WAITING, Delivery, MessageStatus, OutboxMessage
from consultation.mail.outbox import WAITING

LEASE = timedelta(minutes=10)
HELD_FOR = timedelta(hours=1)
FLOOD_PAUSE = timedelta(minutes=5)
CANDIDATES = 50


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
    """The breakers that a success may have to forget."""
    messages: Sequence[Sealed]


@dataclass(frozen=True)
class Rules:
    """What the settings say about what may leave: from whom, and how many answers."""

    sender: str
    daily_cap: int
    hourly_cap: int


def is_any_due(session: Session, at: datetime) -> bool:
    """Say whether a mail could leave now, without holding on to a moment of the database."""
    breakers = breaking.standing(session, at)
    found = not breakers.server_rests and session.scalar(sa.select(_due(breakers, at).exists()))
    session.rollback()
    return bool(found)


def claim_next(session: Session, rules: Rules, at: datetime) -> Claimed | None:
    """Return the next mail that is due, frozen, or None; to be called inside `writing`."""
    breakers = breaking.standing(session, at)
    if breakers.server_rests:
        return None
    for leader in _ours(session, _due(breakers, at)):
        if not _is_held(session, leader, breakers, rules, at):
            return _claim(session, leader, breakers, rules.sender, at)
    return None


def _ours(session: Session, due: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Give the leaders of mails that are due and whose box nobody else decides on now.

    The first is looked for alone, as it is nearly always the one.
    """
    passed = 0
    for limit in (1, CANDIDATES):
        for found in session.execute(due.offset(passed).limit(limit)).all():
            passed += 1
            if session.get_bind().dialect.name == "sqlite":  # its one writer is us
                yield found
            # Whoever holds the lock of this box decides on it now, so that the next one is ours.
            elif pacing.try_lock(session, found.recipient_index):
                again = session.execute(due.where(OutboxMessage.id == found.id)).one_or_none()
                if again is not None:
                    yield again


def _due(breakers: Breakers, at: datetime) -> sa.Select[*tuple[Any, ...]]:
    resting = breakers.resting_domains
    of_others = (
        sa.or_(OutboxMessage.domain_index.is_(None), OutboxMessage.domain_index.not_in(resting))
        if resting
        else sa.true()
    )
    return (
        sa.select(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.locale,
            OutboxMessage.batch_key,
            OutboxMessage.recipient_index,
            OutboxMessage.domain_index,
            OutboxMessage.delivery_id,
        )
        .where(IS_WAITING, OutboxMessage.next_attempt_at <= at, of_others)
        .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
    )


def _is_held(session: Session, leader: Any, breakers: Breakers, rules: Rules, at: datetime) -> bool:
    """Put off a mail that was never tried, and say so, while its box or the hour is full."""
    if leader.delivery_id is not None or leader.kind not in names_of([Reach.ANSWER]):
        return False
    if breaking.answers_must_wait(session, breakers.flood, at, rules.hourly_cap):
        _update(session, _company(leader), next_attempt_at=at + FLOOD_PAUSE, last_error="flood")
        return True
    if leader.batch_key is None:
        return False
    if pacing.recent_deliveries(session, leader.recipient_index, at) < rules.daily_cap:
        return False
    _update(session, _company(leader), next_attempt_at=at + HELD_FOR, last_error="daily_cap")
    return True


def _claim(session: Session, leader: Any, breakers: Breakers, sender: str, at: datetime) -> Claimed:
    lease_ends_at = at + LEASE
    delivery = _delivery(session, leader, sender, at)
    attempts, messages = _contents(session, leader)
    _update(
        session,
        [OutboxMessage.id.in_([message.id for message in messages])],
        status=MessageStatus.SENDING,
        delivery_id=delivery.id,
        attempts=OutboxMessage.attempts + 1,
        next_attempt_at=lease_ends_at,
    )
    return Claimed(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        first_tried_at=delivery.created_at,
        lease_ends_at=lease_ends_at,
        attempt=attempts + 1,
        kind=leader.kind,
        locale=leader.locale,
        domain_index=leader.domain_index,
        failed=breakers.failed,
        messages=messages,
    )


def _delivery(session: Session, leader: Any, sender: str, at: datetime) -> Delivery:
    """Return the mail that the message was in before, else a new one."""
    if leader.delivery_id is not None:
        return session.get_one(Delivery, leader.delivery_id)
    domain = for_envelope(sender).rpartition("@")[2]
    delivery = Delivery(
        message_id=returning.new_message_id(domain),
        recipient_index=leader.recipient_index,
        created_at=at,
    )
    session.add(delivery)
    session.flush()
    return delivery


def _company(leader: Any) -> Sequence[sa.ColumnElement[bool]]:
    """Return what holds of the messages that share the mail of `leader`."""
    if leader.delivery_id is not None:
        return [
            OutboxMessage.delivery_id == leader.delivery_id,
            OutboxMessage.status.in_(WAITING),
        ]
    fresh = [OutboxMessage.delivery_id.is_(None), OutboxMessage.status == MessageStatus.QUEUED]
    if leader.batch_key is None:
        return [OutboxMessage.id == leader.id, *fresh]
    return [
        OutboxMessage.batch_key == leader.batch_key,
        OutboxMessage.recipient_index == leader.recipient_index,
        OutboxMessage.kind == leader.kind,
        OutboxMessage.locale == leader.locale,
        *fresh,
    ]


def _contents(session: Session, leader: Any) -> tuple[int, list[Sealed]]:
    """Return how often the mail was tried, and its messages as the database holds them."""
    rows = session.execute(
        sa.select(
            OutboxMessage.id,
            OutboxMessage.attempts,
            sa.type_coerce(OutboxMessage.recipient, sa.LargeBinary).label("recipient"),
            sa.type_coerce(OutboxMessage.parameters, sa.LargeBinary).label("parameters"),
        )
        .where(*_company(leader))
        .order_by(OutboxMessage.id)
        .limit(pacing.BATCH_LIMIT)
    ).all()
    messages = [Sealed(row.id, row.recipient, row.parameters) for row in rows]
    return max(row.attempts for row in rows), messages


def _update(session: Session, which: Sequence[sa.ColumnElement[bool]], **values: Any) -> None:
    session.execute(
        sa.update(OutboxMessage).where(*which).values(**values),
        execution_options={"synchronize_session": False},
    )
