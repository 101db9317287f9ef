"""Claiming: what is due is taken by one worker at a time, and what one mail carries is frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.mail import breaking, pacing, returning
from consultation.mail.addresses import for_envelope
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
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
    messages: Sequence[Sealed]


@dataclass(frozen=True)
class Rules:
    """What the settings say about what may leave: from whom, and how many answers."""

    sender: str
    daily_cap: int
    hourly_cap: int


def is_any_due(session: Session, at: datetime) -> bool:
    """Say whether a mail could leave now, without holding on to a moment of the database."""
    found = not breaking.server_is_resting(session, at) and session.scalar(
        sa.select(_due(session, at).exists())
    )
    session.rollback()
    return bool(found)


def claim_next(session: Session, rules: Rules, at: datetime) -> Claimed | None:
    """Return the next mail that is due, frozen, or None; to be called inside `writing`."""
    if breaking.server_is_resting(session, at):
        return None
    due = _due(session, at)
    for found in session.execute(due.limit(CANDIDATES)).all():
        # Whoever holds the lock of this box decides on it now, so that the next one is ours.
        if not pacing.try_lock(session, found.recipient_index):
            continue
        leader = session.execute(due.where(OutboxMessage.id == found.id)).one_or_none()
        if leader is not None and not _is_held(session, leader, rules, at):
            return _claim(session, leader, rules.sender, at)
    return None


def _due(session: Session, at: datetime) -> sa.Select[*tuple[Any, ...]]:
    resting = breaking.resting_domains(session, at)
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
        .where(OutboxMessage.status.in_(WAITING), OutboxMessage.next_attempt_at <= at, of_others)
        .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
    )


def _is_held(session: Session, leader: Any, rules: Rules, at: datetime) -> bool:
    """Put off a mail that was never tried, and say so, while its box or the hour is full."""
    if leader.delivery_id is not None or leader.kind not in names_of([Reach.ANSWER]):
        return False
    if breaking.answers_must_wait(session, at, rules.hourly_cap):
        _update(session, _company(leader), next_attempt_at=at + FLOOD_PAUSE, last_error="flood")
        return True
    if leader.batch_key is None:
        return False
    if pacing.recent_deliveries(session, leader.recipient_index, at) < rules.daily_cap:
        return False
    _update(session, _company(leader), next_attempt_at=at + HELD_FOR, last_error="daily_cap")
    return True


def _claim(session: Session, leader: Any, sender: str, at: datetime) -> Claimed:
    lease_ends_at = at + LEASE
    delivery = _delivery(session, leader, sender, at)
    ids = session.scalars(
        sa.select(OutboxMessage.id)
        .where(*_company(leader))
        .order_by(OutboxMessage.id)
        .limit(pacing.BATCH_LIMIT)
    ).all()
    _update(
        session,
        [OutboxMessage.id.in_(ids)],
        status=MessageStatus.SENDING,
        delivery_id=delivery.id,
        attempts=OutboxMessage.attempts + 1,
        next_attempt_at=lease_ends_at,
    )
    attempt, messages = _contents(session, ids)
    return Claimed(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        first_tried_at=delivery.created_at,
        lease_ends_at=lease_ends_at,
        attempt=attempt,
        kind=leader.kind,
        locale=leader.locale,
        domain_index=leader.domain_index,
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


def _contents(session: Session, ids: Sequence[int]) -> tuple[int, list[Sealed]]:
    """Return which attempt this is, and the messages as the database holds them."""
    rows = session.execute(
        sa.select(
            OutboxMessage.id,
            OutboxMessage.attempts,
            sa.type_coerce(OutboxMessage.recipient, sa.LargeBinary).label("recipient"),
            sa.type_coerce(OutboxMessage.parameters, sa.LargeBinary).label("parameters"),
        )
        .where(OutboxMessage.id.in_(ids))
        .order_by(OutboxMessage.id)
    ).all()
    messages = [Sealed(row.id, row.recipient, row.parameters) for row in rows]
    return max(row.attempts for row in rows), messages


def _update(session: Session, which: Sequence[sa.ColumnElement[bool]], **values: Any) -> None:
    session.execute(
        sa.update(OutboxMessage).where(*which).values(**values),
        execution_options={"synchronize_session": False},
    )
