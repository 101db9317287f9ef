"""Pacing: how many mails one address gets in a day, and which messages share one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.database import connection_of
from consultation.mail import boxes, outbox
from consultation.mail.addresses import index_of, is_sendable, mailbox_index_of, untagged
from consultation.mail.models import WAITING, Delivery, MessageStatus, OutboxMessage

WINDOW = timedelta(hours=24)
DELAYS = (timedelta(0), timedelta(hours=2), timedelta(hours=4))
"""How long the first, second and later mails of a day wait for company."""

BATCH_LIMIT = 30
"""How many messages one mail gathers at most: with more it would weigh over twenty kilobytes."""


@dataclass(frozen=True)
class Caps:
    """What an answer has to respect: so many mails per box and day, none to our own boxes.

    `refusal` is why none may leave at all from where this one was asked for, if that is so.
    """

    per_address: int
    own: frozenset[str] = frozenset()
    refusal: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any], refusal: str | None = None) -> "Caps":
        """Read them."""
        # Folded: what looks like a box of ours may come back to us, and is not written to either.
        ours = (settings["MAIL_SENDER"], settings["MAIL_RETURN_PATH"], settings["IMAP_USERNAME"])
        own = frozenset(index_of(untagged(box)) for box in ours if "@" in box)
        return cls(settings["MAIL_DAILY_CAP"], own, refusal)


def enqueue_gathered(
    session: Session,
    kind: str,
    *,
    dedup_key: str,
    recipient: str,
    locale: str,
    parameters: Any,
    at: datetime,
    caps: Caps,
) -> bool:
    """Owe a message that may share a mail with others; return whether it will leave.

    At most `caps.per_address` mails reach one box in 24 hours, with all that look alike: the first
    leaves at once, the others wait to be joined by what is for exactly that box.  Beyond, the
    message is stored `suppressed`.
    """
    index = index_of(recipient)
    lock(session, index)
    batch_key = boxes.batch_key(kind, mailbox_index_of(recipient), locale)
    due_at = _due_at(session, batch_key, index, at, caps.per_address)
    reason = caps.refusal or (None if due_at else "daily_cap")
    if not is_sendable(recipient):
        reason = "address"
    elif index_of(untagged(recipient)) in caps.own:
        reason = "own"
    message = outbox.enqueue(
        session,
        kind,
        dedup_key=dedup_key,
        recipient=recipient,
        locale=locale,
        parameters=parameters,
        at=at,
        batch_key=batch_key,
        due_at=due_at,
        status=MessageStatus.SUPPRESSED if reason else MessageStatus.QUEUED,
        reason=reason,
    )
    return message.status is MessageStatus.QUEUED


def lock(session: Session, index: str) -> None:
    """Let one transaction at a time decide on the mails of a box; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number(index))))


def try_lock(session: Session, index: str) -> bool:
    """Take the same lock if nobody holds it; return whether it is ours."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_number(index)))))


def recent_deliveries(session: Session, index: str, at: datetime) -> int:
    """Count the gathered mails that left for a box in the last 24 hours, or that still may."""
    sought = {"index": index, "since": at - WINDOW}
    return connection_of(session).execute(_RECENT, sought).scalar() or 0


# Asked for every acknowledgement, and so of the tables: through the classes it takes twice as long.
_MAIL, _MESSAGE = Delivery.__table__.c, OutboxMessage.__table__.c
_RECENT = (
    sa.select(sa.func.count(sa.distinct(_MAIL.id)))
    .select_from(Delivery.__table__.join(OutboxMessage.__table__, _MAIL.id == _MESSAGE.delivery_id))
    .where(
        _MAIL.recipient_index == sa.bindparam("index"),
        _MESSAGE.batch_key.is_not(None),
        sa.or_(
            _MAIL.created_at > sa.bindparam("since"),
            _MESSAGE.sent_at > sa.bindparam("since"),
            _MESSAGE.status.in_(WAITING),
        ),
    )
)
_WAITING = (
    sa.select(_MESSAGE.batch_key, sa.func.count(), sa.func.max(_MESSAGE.next_attempt_at))
    .where(
        _MESSAGE.recipient_index == sa.bindparam("index"),
        _MESSAGE.batch_key.is_not(None),
        _MESSAGE.status == MessageStatus.QUEUED,
        _MESSAGE.delivery_id.is_(None),
    )
    .group_by(_MESSAGE.batch_key)
)


def _due_at(
    session: Session, batch_key: str, index: str, at: datetime, cap: int
) -> datetime | None:
    """Return when a message of the batch leaves, or None when the cap lets none leave."""
    waiting = _waiting_batches(session, index)
    count, last_due_at = waiting.get(batch_key, (0, None))
    if count % BATCH_LIMIT:
        return last_due_at
    mails = recent_deliveries(session, index, at) + sum(
        -(-count // BATCH_LIMIT) for count, _ in waiting.values()
    )
    return at + DELAYS[min(mails, len(DELAYS) - 1)] if mails < cap else None


def _waiting_batches(session: Session, index: str) -> dict[str, tuple[int, datetime]]:
    """Return how many messages of each batch key wait for a first attempt, and until when."""
    rows = connection_of(session).execute(_WAITING, {"index": index})
    return {key: (count, due_at) for key, count, due_at in rows if key is not None}


def _lock_number(index: str) -> int:
    """Return the 64 signed bits by which PostgreSQL names the lock of a box."""
    return int.from_bytes(bytes.fromhex(index)[:8], signed=True)
