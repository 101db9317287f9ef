"""Outbox: messages are enqueued, gathered, paced and capped.

Also the figures of the backlog.
"""

import json
import types
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import clock
from consultation.db.inserts import encode, insert, insert_row
from consultation.db.statements import Statement
from consultation.mail import mailbox_identity, suppression
from consultation.mail.addresses import Address
from consultation.mail.delivery import breakers
from consultation.mail.kinds import MessageKind, Reach, kind_named
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import WAITING, Delivery, MessageStatus, OutboxMessage


def enqueue(
    session: Session,
    kind: str,
    *,
    dedup_key: str,
    recipient: str,
    locale: str,
    parameters: Any,
    at: datetime,
) -> OutboxMessage:
    """Enqueue a message that leaves at once and alone, and return it; called inside `writing`.

    One to a robot or to a suppressed address is stored `suppressed`. Raise ValueError for an
    unknown kind, parameters that are not the kind's, or an address of several recipients.
    """
    known, address = kind_named(kind), Address.of(recipient)
    if not address.is_sendable:
        raise ValueError("a message needs the address of exactly one recipient")
    reason = _refusal(session, known.reach, address)
    row = _row(known, address, dedup_key=dedup_key, locale=locale, parameters=parameters, at=at)
    return insert(session, OutboxMessage, row | _state(known, reason, at))


def _row(
    kind: MessageKind,
    address: Address,
    *,
    dedup_key: str,
    locale: str,
    parameters: Any,
    at: datetime,
) -> dict[str, Any]:
    """Return the row of a message before it is decided whether it leaves, and when."""
    _check(kind, parameters)
    return {
        "dedup_key": dedup_key,
        "kind": kind.name,
        "locale": locale,
        "recipient": address.text,
        "recipient_index": address.index,
        "mailbox_index": address.mailbox_index,
        "domain_index": address.domain_index,
        "parameters": json.dumps(asdict(parameters), ensure_ascii=False),
        "created_at": at,
    }


def _state(kind: MessageKind, reason: str | None, due_at: datetime) -> dict[str, Any]:
    """Return the columns that say whether a message leaves, and when."""
    status = MessageStatus.SUPPRESSED if reason else MessageStatus.QUEUED
    forgotten = {"recipient": None, "parameters": None} if reason and kind.is_forgotten else {}
    return {"status": status, "next_attempt_at": due_at, "last_error": reason, **forgotten}


def refusal(session: Session, reach: Reach, address: str) -> str | None:
    """Return the code of why mail of this reach is refused to an address, or None."""
    return _refusal(session, reach, Address.of(address))


def _refusal(session: Session, reach: Reach, address: Address) -> str | None:
    if reach is not Reach.STAFF and address.is_robot:
        return "robot"
    return suppression.find_reason(session, Box(address.index, address.mailbox_index), reach)


def parameters_from(kind: MessageKind, text: str) -> Any:
    """Return the parameters that `enqueue` was given; raise ValueError when they are not."""
    try:
        parameters = kind.parameters(**json.loads(text))
    except TypeError:
        raise ValueError(f"these are no parameters of {kind.name!r}") from None
    _check(kind, parameters)
    return parameters


def oldest_waiting(session: Session) -> datetime | None:
    """Return since when the oldest message that could have left has waited, or None.

    A message being gathered until later does not count, one that failed counts from its first
    attempt, and one of a flood, which waits for an administrator, from when it was enqueued.
    """
    of_flood = OutboxMessage.last_error == breakers.FLOOD
    due_at = sa.case((of_flood, OutboxMessage.created_at), else_=OutboxMessage.next_attempt_at)
    since = sa.func.coalesce(Delivery.created_at, due_at, type_=_MOMENT)
    return session.scalar(
        sa.select(sa.func.min(since, type_=_MOMENT))
        .select_from(OutboxMessage)
        .outerjoin(OutboxMessage.delivery)
        .where(OutboxMessage.status.in_(WAITING), since <= clock.now())
    )


def held_count(session: Session) -> int:
    """Count the acknowledgements that wait for an administrator to release them."""
    held = sa.select(sa.func.count()).where(
        OutboxMessage.status == MessageStatus.QUEUED, OutboxMessage.last_error == breakers.FLOOD
    )
    return session.scalar(held) or 0


LATE_AFTER = timedelta(minutes=10)


def stalled_since(session: Session) -> datetime | None:
    """Return since when messages have waited while none left, when that is ten minutes or more.

    While acknowledgements wait for an administrator, other mail that leaves does not count.
    """
    oldest = oldest_waiting(session)
    before = clock.now() - LATE_AFTER
    if oldest is None or oldest > before:
        return None
    if breakers.answers_wait(session):
        return oldest
    latest = sa.select(sa.func.max(OutboxMessage.sent_at, type_=_MOMENT))
    last_sent_at = session.scalar(latest.where(OutboxMessage.sent_at <= clock.now()))
    return None if last_sent_at is not None and last_sent_at > before else oldest


def counts(session: Session) -> dict[MessageStatus, int]:
    """Return how many messages are in each state; every state is there."""
    rows = session.execute(
        sa.select(OutboxMessage.status, sa.func.count()).group_by(OutboxMessage.status)
    )
    return dict.fromkeys(MessageStatus, 0) | dict(rows.all())


_MOMENT = OutboxMessage.created_at.type


def _check(kind: MessageKind, parameters: Any) -> None:
    """Raise ValueError unless `parameters` are the kind's and each field is of its type."""
    if type(parameters) is not kind.parameters:
        raise ValueError(f"these are no parameters of {kind.name!r}")
    for field, hint in _hints(kind).items():
        if not _fits(getattr(parameters, field), hint):
            raise ValueError(f"parameter {field!r} of {kind.name!r} is of another type")


@cache
def _hints(kind: MessageKind) -> dict[str, Any]:
    return get_type_hints(kind.parameters)


def _fits(value: Any, hint: Any) -> bool:
    """Check a value, as read from JSON, against a type hint."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, choice) for choice in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            _fits(key, arguments[0]) and _fits(item, arguments[1]) for key, item in value.items()
        )
    return hint in (str, int, bool, float, types.NoneType) and type(value) is hint


WINDOW = timedelta(hours=24)
DELAYS = (timedelta(0), timedelta(hours=2), timedelta(hours=4))
"""How long the first, second and later mails of a day wait for messages to gather."""

BATCH_LIMIT = 30
"""Messages that one mail gathers at most: with more it would exceed twenty kilobytes."""


@dataclass(frozen=True)
class Caps:
    """Limits of an acknowledgement: mails per box and day, none to our own boxes.

    `refusal` is the reason why none may leave for the source of this request, if there is one.
    """

    per_address: int
    own: Collection[str] = ()
    refusal: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any], refusal: str | None = None) -> "Caps":
        ours = (settings["MAIL_SENDER"], settings["MAIL_RETURN_PATH"], settings["IMAP_USERNAME"])
        return cls(settings["MAIL_DAILY_CAP"], [box for box in ours if "@" in box], refusal)


@dataclass(frozen=True)
class Prepared:
    """A message to be gathered with others, as the database takes it, but for when it leaves."""

    kind: MessageKind
    address: Address
    batch_key: str
    at: datetime
    row: Mapping[str, Any]


def prepare(
    session: Session,
    kind: MessageKind,
    *,
    dedup_key: str,
    recipient: Address,
    locale: str,
    parameters: Any,
    at: datetime,
) -> Prepared:
    """Return a message for `enqueue_gathered`, encrypted and hashed before the turn to write.

    Raise ValueError for parameters that are not the kind's.
    """
    row = _row(kind, recipient, dedup_key=dedup_key, locale=locale, parameters=parameters, at=at)
    key = mailbox_identity.batch_key(kind.name, recipient.mailbox_index, locale)
    return Prepared(
        kind, recipient, key, at, encode(session, OutboxMessage, row | {"batch_key": key})
    )


def enqueue_gathered(session: Session, message: Prepared, caps: Caps) -> bool:
    """Enqueue a message that may share a mail with others; return whether it will leave.

    At most `caps.per_address` mails reach one box in 24 hours, counted with all that look alike:
    the first leaves at once, the others wait to gather messages to exactly that box. Beyond the
    cap, the message is stored `suppressed`.
    """
    lock(session, message.address.index)
    due_at = _due_at(session, message, caps.per_address)
    reason = _reason_of(session, message, caps, is_over=due_at is None)
    state = _state(message.kind, reason, due_at or message.at)
    insert_row(session, OutboxMessage, {**message.row, **state})
    return reason is None


def _reason_of(session: Session, message: Prepared, caps: Caps, *, is_over: bool) -> str | None:
    """Return the code of why a message does not leave, or None."""
    if not message.address.is_sendable:
        return "address"
    # A box that looks like ours may come back to us, and gets no mail either.
    if message.address.is_one_of(caps.own):
        return "own"
    if caps.refusal or is_over:
        return caps.refusal or "daily_cap"
    return _refusal(session, message.kind.reach, message.address)


def lock(session: Session, index: str) -> None:
    """Lock the mails of a box for this transaction; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number(index))))


def try_locks(session: Session, indexes: Iterable[str], most: int) -> Collection[str]:
    """Take at most so many of these locks, none that another transaction holds; return which."""
    if session.get_bind().dialect.name != "postgresql":
        return set(indexes)
    index_by_number = {_lock_number(index): index for index in indexes}
    numbers = session.scalars(_TRY_LOCKS, {"numbers": list(index_by_number), "most": most})
    return {index_by_number[number] for number in numbers}


# The locks are tried one after the other until there are enough.
_TRY_LOCKS = sa.text(
    "SELECT number FROM unnest(CAST(:numbers AS bigint[])) AS number"
    " WHERE pg_try_advisory_xact_lock(number) LIMIT :most"
)


def recent_deliveries(session: Session, index: str, at: datetime) -> int:
    """Count the gathered mails that left for a box in the last 24 hours, or that still may.

    Those that left a day from now or later do not count: the clock was ahead.
    """
    parameters = {"index": index, "since": at - WINDOW, "until": at + WINDOW}
    return _RECENT.value(session, parameters) or 0


def recent_deliveries_of(
    session: Session, indexes: Collection[str], at: datetime
) -> dict[str, int]:
    """Count the same for each of some boxes; one that is not there has none."""
    parameters = {"indexes": list(indexes), "since": at - WINDOW, "until": at + WINDOW}
    rows = session.execute(_RECENT_BY_BOX, parameters)
    return dict(iter(rows))


_MAIL, _MESSAGE = Delivery.__table__.c, OutboxMessage.__table__.c
_SINCE = sa.bindparam("since", type_=_MAIL.created_at.type)
_UNTIL = sa.bindparam("until", type_=_MAIL.created_at.type)
_IS_RECENT = sa.and_(
    _MAIL.id == _MESSAGE.delivery_id,
    _MESSAGE.batch_key.is_not(None),
    sa.or_(
        sa.and_(_MAIL.created_at > _SINCE, _MAIL.created_at < _UNTIL),
        sa.and_(_MESSAGE.sent_at > _SINCE, _MESSAGE.sent_at < _UNTIL),
        *(_MESSAGE.status == status for status in WAITING),
    ),
)
_RECENT = Statement(
    sa.select(sa.func.count(sa.distinct(_MAIL.id))).where(
        _IS_RECENT, _MAIL.recipient_index == sa.bindparam("index")
    )
)
_RECENT_BY_BOX = (
    sa.select(_MAIL.recipient_index, sa.func.count(sa.distinct(_MAIL.id)))
    .where(_IS_RECENT, _MAIL.recipient_index.in_(sa.bindparam("indexes", expanding=True)))
    .group_by(_MAIL.recipient_index)
)
_WAITING = Statement(
    sa.select(_MESSAGE.batch_key, sa.func.count(), sa.func.max(_MESSAGE.next_attempt_at))
    .where(
        _MESSAGE.recipient_index == sa.bindparam("index"),
        _MESSAGE.batch_key.is_not(None),
        _MESSAGE.status == MessageStatus.QUEUED,
        _MESSAGE.delivery_id.is_(None),
    )
    .group_by(_MESSAGE.batch_key)
)


def _due_at(session: Session, message: Prepared, cap: int) -> datetime | None:
    """Return when a message leaves, or None when the cap lets none leave."""
    index, at = message.address.index, message.at
    rows = _WAITING.rows(session, {"index": index})
    waiting: dict[str, tuple[int, datetime]]
    waiting = {key: (count, due_at) for key, count, due_at in rows}
    count, last_due_at = waiting.get(message.batch_key, (0, None))
    if count % BATCH_LIMIT:
        return last_due_at
    mails = recent_deliveries(session, index, at) + sum(
        -(-count // BATCH_LIMIT) for count, _ in waiting.values()
    )
    return at + DELAYS[min(mails, len(DELAYS) - 1)] if mails < cap else None


def _lock_number(index: str) -> int:
    """Return the 64 signed bits by which PostgreSQL names the lock of a box."""
    return int.from_bytes(bytes.fromhex(index)[:8], signed=True)
