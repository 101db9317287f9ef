"""Claim of the mails that are due, some at a time, by one worker each.

From the first attempt on, the messages that a mail carries are frozen: each repeat is the same.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base, writing
from consultation.jobs import attempt_files
from consultation.mail import mailbox_identity, outbox
from consultation.mail.addresses import for_envelope
from consultation.mail.delivery import bounces
from consultation.mail.delivery import breakers as delivery_breakers
from consultation.mail.delivery.breakers import Breakers
from consultation.mail.delivery.kept import WAS_KEPT
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import IS_WAITING, WAITING, Delivery, MessageStatus, OutboxMessage

BATCH = 20
"""Mails that are claimed at once, and all that a killed worker may repeat."""
CANDIDATES = 3 * BATCH
"""Messages that are looked at for them: a mail may gather several, others are postponed."""
LEASE = timedelta(minutes=10)
"""How long nobody else may send a claimed mail, unless its worker dies at its first attempt."""
CAP_PAUSE = timedelta(hours=1)
FLOOD_PAUSE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
"""More than any message waits for its turn: only a clock that was ahead has put it off further."""

# Statements that run for every batch are built once, on plain tables.
_MESSAGES = Base.metadata.tables[OutboxMessage.__tablename__]
_DELIVERIES = Base.metadata.tables[Delivery.__tablename__]
_MOMENT = _MESSAGES.c.next_attempt_at.type
_TRIED = sa.select(_DELIVERIES.c.id, _DELIVERIES.c.message_id, _DELIVERIES.c.created_at).where(
    _DELIVERIES.c.id.in_(sa.bindparam("deliveries", expanding=True))
)
_NEW_DELIVERIES = sa.insert(_DELIVERIES).returning(
    _DELIVERIES.c.id, _DELIVERIES.c.message_id, _DELIVERIES.c.created_at
)
_NAMES = (
    "id", "kind", "locale", "batch_key", "recipient_index", "mailbox_index", "domain_index",
    "delivery_id", "next_attempt_at",
)  # fmt: skip
_CONTENT = (
    *(_MESSAGES.c[name] for name in (*_NAMES, "attempts")),
    sa.type_coerce(_MESSAGES.c.recipient, sa.LargeBinary).label("recipient"),
    sa.type_coerce(_MESSAGES.c.parameters, sa.LargeBinary).label("parameters"),
)
_CARRIED = (
    sa.select(*_CONTENT)
    .where(_MESSAGES.c.delivery_id.in_(sa.bindparam("among", expanding=True)), IS_WAITING)
    .order_by(_MESSAGES.c.id)
    .with_for_update()
)
"""The messages of mails tried before: all that wait, so it waits for those that are locked."""


def _untried(column: str) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that selects and locks messages never tried, by `column`.

    Those that another transaction cancels or erases at this moment are left to a later mail.
    """
    # By the indexes of these two, SQLite would go through all mail that waits.
    delivery = sa.func.coalesce(_MESSAGES.c.delivery_id, 0)
    status = sa.func.coalesce(_MESSAGES.c.status, MessageStatus.QUEUED)
    return (
        sa.select(*_CONTENT)
        .where(
            _MESSAGES.c[column].in_(sa.bindparam("among", expanding=True)),
            delivery == 0,
            status == MessageStatus.QUEUED,
        )
        .order_by(_MESSAGES.c.id)
        .with_for_update(skip_locked=True)
    )


_GATHERED, _ALONE = _untried("batch_key"), _untried("id")
_TAKE = (
    sa.update(_MESSAGES)
    .where(_MESSAGES.c.id == sa.bindparam("message"))
    .values(
        status=MessageStatus.SENDING,
        delivery_id=sa.bindparam("delivery"),
        attempts=_MESSAGES.c.attempts + 1,
        next_attempt_at=sa.bindparam("lease_ends_at"),
    )
)
_FREE = (
    sa.update(_MESSAGES)
    .where(
        _MESSAGES.c.id.in_(
            sa.select(_MESSAGES.c.id)
            .where(
                _MESSAGES.c.delivery_id.in_(sa.bindparam("deliveries", expanding=True)),
                _MESSAGES.c.status == MessageStatus.SENDING,
                _MESSAGES.c.next_attempt_at == sa.bindparam("lease_ends_at"),
                _MESSAGES.c.attempts == 1,
            )
            .with_for_update(skip_locked=True)
        )
    )
    .values(next_attempt_at=sa.bindparam("at"))
)
_POSTPONE = (
    sa.update(_MESSAGES)
    .where(_MESSAGES.c.id == sa.bindparam("message"))
    .values(next_attempt_at=sa.bindparam("until"), last_error=sa.bindparam("reason"))
)


_PUT_OFF = sa.select(_MESSAGES.c.id).where(
    IS_WAITING,
    _MESSAGES.c.next_attempt_at > sa.bindparam("latest", type_=_MOMENT),
    # What was kept leaves so many an hour.
    sa.func.coalesce(_MESSAGES.c.last_error, "") != WAS_KEPT,
)
_CALL_BACK = (
    sa.update(_MESSAGES)
    .where(_MESSAGES.c.id.in_(_PUT_OFF.with_for_update(skip_locked=True)))
    .values(
        next_attempt_at=sa.case(
            (
                _MESSAGES.c.status == MessageStatus.SENDING,
                sa.bindparam("lease_ends_at", type_=_MOMENT),
            ),
            else_=sa.bindparam("at", type_=_MOMENT),
        )
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
    messages: Sequence[EncryptedMessage]
    due_at: datetime
    is_new: bool
    """Whether it was never tried: if this worker does not try it either, it was no mail."""


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
    home: Path | None = None
    """Where other workers see whether the one that has claimed a mail lives."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "DeliverySettings":
        return cls(
            sender=settings["MAIL_SENDER"],
            daily_cap=settings["MAIL_DAILY_CAP"],
            hourly_cap=settings["MAIL_HOURLY_CAP"],
            retry_first=timedelta(seconds=max(1, settings["MAIL_RETRY_FIRST"])),
            bounce_mailbox=settings["MAIL_RETURN_PATH"],
            home=Path(settings["HOME"]),
        )

    def return_path(self, message_id: str) -> str:
        """Return the envelope sender of a mail: signed where bounces have a mailbox."""
        if not self.bounce_mailbox:
            return self.sender
        return bounces.return_path(message_id, self.bounce_mailbox)


_BATCH = re.compile(r"mails-(\d{1,19})-(\d{1,20})")
"""The name of the file of a batch: its first mail and when its lease ends."""


def held(home: Path, claimed: Sequence[ClaimedMail]) -> AbstractContextManager[None]:
    """Hold the file of a batch that was claimed: who dies meanwhile leaves it unlocked."""
    lease_ends_at = claimed[0].lease_ends_at
    batch = {
        "deliveries": [mail.delivery_id for mail in claimed],
        "lease_ends_at": lease_ends_at.isoformat(),
    }
    name = f"mails-{claimed[0].delivery_id}-{lease_ends_at:%Y%m%d%H%M%S%f}"
    return attempt_files.held(home, name, json.dumps(batch))


def free_left_behind(session: Session, home: Path, at: datetime) -> None:
    """Let the mails of a worker that has died be sent at once, as at the end of their lease.

    It is unknown which of them have left.  Those that were tried before wait for the end of their
    lease: a worker that dies whenever it starts repeats no mail every few seconds.
    """
    for left in attempt_files.left_behind(home, _BATCH):
        batch = json.loads(left.note)
        with writing(session):
            session.execute(
                _FREE,
                {
                    "deliveries": batch["deliveries"],
                    "lease_ends_at": datetime.fromisoformat(batch["lease_ends_at"]),
                    "at": at,
                },
            )


def call_back(session: Session, at: datetime) -> bool:
    """Let mails leave that a clock ahead of its time has put off for days; return whether any was.

    One that is being sent gets a lease that begins now.
    """
    limits = {"latest": at + LONGEST_WAIT}
    is_any = session.execute(_PUT_OFF.limit(1), limits).first() is not None
    session.rollback()
    if is_any:
        with writing(session):
            session.execute(_CALL_BACK, {**limits, "at": at, "lease_ends_at": at + LEASE})
    return is_any


def is_any_due(session: Session, at: datetime) -> bool:
    """Check for a mail that could leave now; ends the transaction of the query."""
    breakers = delivery_breakers.current(session, at)
    is_due = False
    if not breakers.is_server_paused:
        page = {"at": at, "limit": 1}
        is_due = session.execute(_due_messages(breakers.paused_domains), page).first() is not None
    session.rollback()
    return is_due


def claim_due(session: Session, settings: DeliverySettings, at: datetime) -> Sequence[ClaimedMail]:
    """Claim the mails that are due, the oldest first; to be called inside `writing`."""
    breakers = delivery_breakers.current(session, at)
    if breakers.is_server_paused:
        return ()
    candidates = _lock_candidates(session, breakers.paused_domains, at)
    first_by_mail: dict[Any, Any] = {}
    for candidate in candidates:
        first_by_mail.setdefault(_mail_of(candidate), candidate)
    if not first_by_mail:
        return ()
    room = _Room(session, first_by_mail.values(), breakers, settings, at)
    admitted: list[Any] = []
    for mail, first in first_by_mail.items():
        if len(admitted) < BATCH and room.admits(mail, first):
            admitted.append(mail)
    chosen = {mail: first_by_mail[mail] for mail in (*admitted, *room.refused)}
    messages_by_mail = _lock_messages(session, chosen)
    room.postpone_refused(messages_by_mail)
    claimed = filter(None, (messages_by_mail[mail] for mail in admitted))
    return _take(session, list(claimed), settings.sender, at)


def _lock_candidates(
    session: Session, paused_domains: tuple[str, ...], at: datetime
) -> Sequence[Any]:
    """Return due messages, oldest first, to mailboxes that no other transaction has locked.

    A transaction that holds the lock of a mailbox decides on its messages: others are taken.
    """
    parameters = {"at": at, "limit": CANDIDATES}
    due = session.execute(_due_messages(paused_domains), parameters).all()
    locked = outbox.try_locks(session, dict.fromkeys(row.recipient_index for row in due), BATCH)
    due = [row for row in due if row.recipient_index in locked]
    # Rows from before mailbox indexes, which no worker has filled in yet.
    unindexed = {row.recipient_index for row in due if row.mailbox_index is None}
    if unindexed:
        of_boxes = OutboxMessage.recipient_index.in_(unindexed)
        is_waiting = OutboxMessage.status.in_(WAITING)
        mailbox_identity.fill(session, of_boxes, is_waiting, waits=True)
    if due and (unindexed or session.get_bind().dialect.name == "postgresql"):
        # Another worker may have taken them before their mailboxes were locked.
        among = _MESSAGES.c.id.in_([row.id for row in due])
        due = session.execute(_due_messages(paused_domains).where(among), parameters).all()
    return due


@lru_cache(maxsize=8)
def _due_messages(paused_domains: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that selects due messages, oldest first.

    Cached per set of paused domains, since compiling it costs as much as running it.
    """
    is_unpaused = (
        sa.or_(_MESSAGES.c.domain_index.is_(None), _MESSAGES.c.domain_index.not_in(paused_domains))
        if paused_domains
        else sa.true()
    )
    return (
        sa.select(*(_MESSAGES.c[name] for name in _NAMES))
        .where(IS_WAITING, _MESSAGES.c.next_attempt_at <= sa.bindparam("at"), is_unpaused)
        .order_by(_MESSAGES.c.next_attempt_at, _MESSAGES.c.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _mail_of(message: Any) -> tuple[Any, ...]:
    """Return the fields that the messages of one mail share."""
    if message.delivery_id is not None:
        return (message.delivery_id,)
    if message.batch_key is None or message.mailbox_index is None:
        return (None, message.id)
    return (
        message.batch_key, message.recipient_index, message.mailbox_index, message.kind,
        message.locale,
    )  # fmt: skip


def _lock_messages(
    session: Session, first_by_mail: Mapping[Any, Any]
) -> Mapping[Any, Sequence[Any]]:
    """Return the messages that each mail is to carry; a mail whose messages are gone has none."""
    tried, gathered, alone = [], [], []
    for mail, first in first_by_mail.items():
        if first.delivery_id is not None:
            tried.append(first.delivery_id)
        elif mail[0] is not None:
            gathered.append(first.batch_key)
        else:
            alone.append(first.id)
    messages_by_mail: dict[Any, list[Any]] = {mail: [] for mail in first_by_mail}
    for statement, among in ((_CARRIED, tried), (_GATHERED, gathered), (_ALONE, alone)):
        for message in session.execute(statement, {"among": among}) if among else ():
            messages = messages_by_mail.get(_mail_of(message), [])
            if len(messages) < outbox.BATCH_LIMIT:
                messages.append(message)
    return messages_by_mail


class _Room:
    """The caps of acknowledgements never tried: to all in an hour, to a mailbox in a day."""

    def __init__(
        self,
        session: Session,
        candidates: Iterable[Any],
        breakers: Breakers,
        settings: DeliverySettings,
        at: datetime,
    ) -> None:
        self._session, self._at, self._daily_cap = session, at, settings.daily_cap
        self._kinds = names_of([Reach.ANSWER])
        answers = [candidate for candidate in candidates if self._is_capped(candidate)]
        boxes = {it.recipient_index for it in answers if it.batch_key is not None}
        self._recent = outbox.recent_deliveries_of(session, boxes, at) if boxes else {}
        self._left = (
            delivery_breakers.answers_left(session, breakers, at, settings.hourly_cap)
            if answers
            else 0
        )
        self._are_stopped = breakers.are_answers_stopped
        self.refused: dict[Any, tuple[timedelta, str]] = {}
        """Why mails may not leave now, and how long they wait."""

    def admits(self, mail: Any, first: Any) -> bool:
        """Decide whether a mail may leave now, and count it if so."""
        if not self._is_capped(first):
            return True
        if self._left <= 0:
            self.refused[mail] = (FLOOD_PAUSE, delivery_breakers.FLOOD)
            return False
        if first.batch_key is not None:
            count = self._recent.get(first.recipient_index, 0)
            if count >= self._daily_cap:
                self.refused[mail] = (CAP_PAUSE, "daily_cap")
                return False
            self._recent[first.recipient_index] = count + 1
        self._left -= 1
        return True

    def postpone_refused(self, messages_by_mail: Mapping[Any, Sequence[Any]]) -> None:
        is_flood = any(reason == delivery_breakers.FLOOD for _, reason in self.refused.values())
        if is_flood and not self._are_stopped:
            delivery_breakers.stop_answers(self._session, self._at)
        postponed = [
            {"message": message.id, "until": self._at + pause, "reason": reason}
            for mail, (pause, reason) in self.refused.items()
            for message in messages_by_mail[mail]
        ]
        if postponed:
            self._session.execute(_POSTPONE, postponed)

    def _is_capped(self, message: Any) -> bool:
        return message.delivery_id is None and message.kind in self._kinds


def _take(
    session: Session, mails: Sequence[Sequence[Any]], sender: str, at: datetime
) -> Sequence[ClaimedMail]:
    """Freeze what each mail carries, and mark its messages as being sent."""
    if not mails:
        return ()
    lease_ends_at = at + LEASE
    deliveries = _delivery_rows(session, [messages[0] for messages in mails], sender, at)
    session.execute(
        _TAKE,
        [
            {"message": message.id, "delivery": delivery.id, "lease_ends_at": lease_ends_at}
            for messages, delivery in zip(mails, deliveries, strict=True)
            for message in messages
        ],
    )
    return [
        ClaimedMail(
            delivery_id=delivery.id,
            message_id=delivery.message_id,
            first_tried_at=delivery.created_at,
            lease_ends_at=lease_ends_at,
            attempt=1 + max(message.attempts for message in messages),
            kind=messages[0].kind,
            locale=messages[0].locale,
            domain_index=messages[0].domain_index,
            messages=[EncryptedMessage(it.id, it.recipient, it.parameters) for it in messages],
            due_at=min(message.next_attempt_at for message in messages),
            is_new=messages[0].delivery_id is None,
        )
        for messages, delivery in zip(mails, deliveries, strict=True)
    ]


def _delivery_rows(
    session: Session, firsts: Sequence[Any], sender: str, at: datetime
) -> Sequence[Any]:
    """Return the delivery that each message was in before, or a new one."""
    domain = for_envelope(sender).rpartition("@")[2]
    new = {
        first.id: {
            "message_id": bounces.new_message_id(domain),
            "recipient_index": first.recipient_index,
            "mailbox_index": first.mailbox_index,
            "created_at": at,
        }
        for first in firsts
        if first.delivery_id is None
    }
    tried = [first.delivery_id for first in firsts if first.delivery_id is not None]
    rows = [
        *(session.execute(_NEW_DELIVERIES, list(new.values())) if new else ()),
        *(session.execute(_TRIED, {"deliveries": tried}) if tried else ()),
    ]
    row_by_name = {row.message_id: row for row in rows}
    row_by_id = {row.id: row for row in rows}
    return [
        row_by_name[new[first.id]["message_id"]]
        if first.id in new
        else row_by_id[first.delivery_id]
        for first in firsts
    ]
