"""Claim of the next due mail, by one worker at a time.

From the first attempt on, the messages that a mail carries are frozen: each repeat is the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base
from consultation.mail import bounces, mailbox_identity, outbox
from consultation.mail.addresses import for_envelope
from consultation.mail.delivery import breakers as delivery_breakers
from consultation.mail.delivery.breakers import Breakers
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import IS_WAITING, WAITING, Delivery, MessageStatus, OutboxMessage

LEASE = timedelta(minutes=10)
CAP_PAUSE = timedelta(hours=1)
FLOOD_PAUSE = timedelta(minutes=5)
CANDIDATES = 50

# Statements that run for every mail are built once, on plain tables.
_MESSAGES = Base.metadata.tables[OutboxMessage.__tablename__]
_DELIVERIES = Base.metadata.tables[Delivery.__tablename__]
_DELIVERY = sa.select(_DELIVERIES).where(_DELIVERIES.c.id == sa.bindparam("delivery"))
_NEW_DELIVERY = sa.insert(_DELIVERIES).returning(*_DELIVERIES.c)
_CANDIDATE_COLUMNS = (
    "id", "kind", "locale", "batch_key", "recipient_index", "mailbox_index", "domain_index",
    "delivery_id",
)  # fmt: skip
# On PostgreSQL another transaction may have cancelled or erased messages since they were selected.
_TAKE = (
    sa.update(_MESSAGES)
    .where(_MESSAGES.c.id.in_(sa.bindparam("ids", expanding=True)), IS_WAITING)
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
class EncryptedMessage:
    """One message of a mail, still encrypted: an unreadable one must not stop the others."""

    id: int
    recipient: bytes | None
    parameters: bytes | None


@dataclass(frozen=True)
class ClaimedMail:
    """A mail that this worker alone may send until `lease_ends_at`."""

    delivery_id: int
    message_id: str
    first_tried_at: datetime
    lease_ends_at: datetime
    attempt: int
    kind: str
    locale: str
    domain_index: str | None
    failed: frozenset[str]
    """The scopes with failures, which a reply of the server may clear."""
    messages: Sequence[EncryptedMessage]


@dataclass(frozen=True)
class DeliverySettings:
    """The settings of delivery: sender, caps, first delay before a retry, mailbox of bounces."""

    sender: str
    daily_cap: int
    """Mails to one mailbox in 24 hours."""
    hourly_cap: int
    """Acknowledgements to all in an hour; 0 for no cap."""
    retry_first: timedelta
    bounce_mailbox: str
    """Empty where bounces come back to the sender."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "DeliverySettings":
        """Read the settings `MAIL_…`."""
        return cls(
            sender=settings["MAIL_SENDER"],
            daily_cap=settings["MAIL_DAILY_CAP"],
            hourly_cap=settings["MAIL_HOURLY_CAP"],
            retry_first=timedelta(seconds=max(1, settings["MAIL_RETRY_FIRST"])),
            bounce_mailbox=settings["MAIL_RETURN_PATH"],
        )

    def return_path(self, message_id: str) -> str:
        """Return the envelope sender of a mail: signed where bounces have a mailbox."""
        if not self.bounce_mailbox:
            return self.sender
        return bounces.return_path(message_id, self.bounce_mailbox)


def is_any_due(session: Session, at: datetime) -> bool:
    """Check for a mail that could leave now; ends the transaction of the query."""
    breakers = delivery_breakers.current(session, at)
    is_due = False
    if not breakers.is_server_paused:
        page = {"at": at, "skipped_id": 0, "limit": 1}
        is_due = session.execute(_due_messages(breakers.paused_domains), page).first() is not None
    session.rollback()
    return is_due


def claim_next(session: Session, settings: DeliverySettings, at: datetime) -> ClaimedMail | None:
    """Claim the next due mail, or return None; to be called inside `writing`."""
    breakers = delivery_breakers.current(session, at)
    if breakers.is_server_paused:
        return None
    for candidate in _lockable_candidates(session, breakers, at):
        if not _postpone_if_capped(session, candidate, breakers, settings, at):
            claimed = _claim(session, candidate, breakers, settings.sender, at)
            if claimed is not None:
                return claimed
    return None


def _lockable_candidates(session: Session, breakers: Breakers, at: datetime) -> Iterator[Any]:
    """Yield due messages, oldest first, whose mailbox no other transaction has locked.

    The first is selected alone, as it is nearly always the one to be claimed.
    """
    due, skipped_id = _due_messages(breakers.paused_domains), 0
    for limit in (1, CANDIDATES):
        page = {"at": at, "skipped_id": skipped_id, "limit": limit}
        for candidate in session.execute(due, page).all():
            skipped_id = candidate.id
            # A row from before mailbox indexes, which no worker has filled in yet.
            is_unindexed = candidate.mailbox_index is None
            is_only_writer = session.get_bind().dialect.name == "sqlite"
            if is_only_writer and not is_unindexed:
                yield candidate
            # A transaction that holds the lock of this mailbox decides on it: take the next.
            elif outbox.try_lock(session, candidate.recipient_index):
                if is_unindexed:
                    of_box = OutboxMessage.recipient_index == candidate.recipient_index
                    mailbox_identity.fill(
                        session, of_box, OutboxMessage.status.in_(WAITING), waits=True
                    )
                same = due.where(_MESSAGES.c.id == candidate.id)
                fresh = session.execute(same, page | {"skipped_id": 0, "limit": 1}).one_or_none()
                if fresh is not None:
                    yield fresh


@lru_cache(maxsize=8)
def _due_messages(paused_domains: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that selects due messages, oldest first, skipping `skipped_id`.

    Skips by id, not by OFFSET: a message postponed in between would shift the rows.
    Cached per set of paused domains, since compiling it costs as much as running it.
    """
    is_unpaused = (
        sa.or_(_MESSAGES.c.domain_index.is_(None), _MESSAGES.c.domain_index.not_in(paused_domains))
        if paused_domains
        else sa.true()
    )
    return (
        sa.select(*(_MESSAGES.c[name] for name in _CANDIDATE_COLUMNS))
        .where(IS_WAITING, _MESSAGES.c.next_attempt_at <= sa.bindparam("at"), is_unpaused)
        .where(_MESSAGES.c.id != sa.bindparam("skipped_id"))
        .order_by(_MESSAGES.c.next_attempt_at, _MESSAGES.c.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _postpone_if_capped(
    session: Session,
    candidate: Any,
    breakers: Breakers,
    settings: DeliverySettings,
    at: datetime,
) -> bool:
    """Postpone an acknowledgement never tried while its mailbox or the hour is at its cap."""
    if candidate.delivery_id is not None or candidate.kind not in names_of([Reach.ANSWER]):
        return False
    if delivery_breakers.answers_must_wait(session, breakers.flood, at, settings.hourly_cap):
        _postpone(session, candidate, at + FLOOD_PAUSE, delivery_breakers.FLOOD)
        return True
    if candidate.batch_key is None:
        return False
    if outbox.recent_deliveries(session, candidate.recipient_index, at) < settings.daily_cap:
        return False
    _postpone(session, candidate, at + CAP_PAUSE, "daily_cap")
    return True


def _claim(
    session: Session, candidate: Any, breakers: Breakers, sender: str, at: datetime
) -> ClaimedMail | None:
    """Claim a mail, or return None when none of its messages waits any more."""
    lease_ends_at = at + LEASE
    ids = _message_ids(session, candidate)
    delivery = _delivery_row(session, candidate, sender, at)
    taken = _take(session, ids, delivery.id, lease_ends_at)
    if not taken:
        if candidate.delivery_id is None:
            session.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.id == delivery.id))
        return None
    return ClaimedMail(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        first_tried_at=delivery.created_at,
        lease_ends_at=lease_ends_at,
        attempt=max(row.attempts for row in taken),
        kind=candidate.kind,
        locale=candidate.locale,
        domain_index=candidate.domain_index,
        failed=breakers.failed,
        messages=[EncryptedMessage(row.id, row.recipient, row.parameters) for row in taken],
    )


def _take(
    session: Session, ids: Sequence[int], delivery_id: int, lease_ends_at: datetime
) -> Sequence[Any]:
    """Mark those messages that still wait as being sent, and return their encrypted content."""
    values = {"ids": ids, "delivery": delivery_id, "lease_ends_at": lease_ends_at}
    return sorted(session.execute(_TAKE, values), key=lambda row: row.id)


def _delivery_row(session: Session, candidate: Any, sender: str, at: datetime) -> Any:
    """Return the delivery that the message was in before, or insert one."""
    if candidate.delivery_id is not None:
        return session.execute(_DELIVERY, {"delivery": candidate.delivery_id}).one()
    domain = for_envelope(sender).rpartition("@")[2]
    values = {
        "message_id": bounces.new_message_id(domain),
        "recipient_index": candidate.recipient_index,
        "mailbox_index": candidate.mailbox_index,
        "created_at": at,
    }
    return session.execute(_NEW_DELIVERY, values).one()


def _same_mail(candidate: Any) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions of the messages that share the mail of `candidate`."""
    if candidate.delivery_id is not None:
        return [
            _MESSAGES.c.delivery_id == candidate.delivery_id,
            _MESSAGES.c.status.in_(WAITING),
        ]
    fresh = [_MESSAGES.c.delivery_id.is_(None), _MESSAGES.c.status == MessageStatus.QUEUED]
    if candidate.batch_key is None or candidate.mailbox_index is None:
        return [_MESSAGES.c.id == candidate.id, *fresh]
    return [
        _MESSAGES.c.batch_key == candidate.batch_key,
        _MESSAGES.c.recipient_index == candidate.recipient_index,
        _MESSAGES.c.mailbox_index == candidate.mailbox_index,
        _MESSAGES.c.kind == candidate.kind,
        _MESSAGES.c.locale == candidate.locale,
        *fresh,
    ]


def _message_ids(session: Session, candidate: Any) -> Sequence[int]:
    """Return the ids of the messages that the mail of `candidate` is to carry."""
    ids = sa.select(_MESSAGES.c.id).where(*_same_mail(candidate)).order_by(_MESSAGES.c.id)
    return session.scalars(ids.limit(outbox.BATCH_LIMIT)).all()


def _postpone(session: Session, candidate: Any, until: datetime, reason: str) -> None:
    same_mail = sa.update(_MESSAGES).where(*_same_mail(candidate))
    session.execute(same_mail.values(next_attempt_at=until, last_error=reason))
