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
from consultation.db.inserts import insert
from consultation.db.statements import Statement
from consultation.mail import mailbox_identity, suppression
from consultation.mail.addresses import (
    domain_index_of,
    index_of,
    is_robot,
    is_sendable,
    mailbox_index_of,
    untagged,
)
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
    batch_key: str | None = None,
    due_at: datetime | None = None,
    status: MessageStatus = MessageStatus.QUEUED,
    reason: str | None = None,
) -> OutboxMessage:
    """Enqueue a message within the caller's transaction, and return it.

    It leaves at `due_at` (at once by default), with the waiting ones of the same `batch_key`. A
    message to a robot or to a suppressed address is stored `suppressed`. Raise ValueError for an
    unknown kind, parameters that are not the kind's, or an address of several recipients.
    """
    if status is MessageStatus.QUEUED:
        reason = _refusal(session, kind_named(kind), recipient)
        status = MessageStatus.SUPPRESSED if reason else status
    row = {
        "dedup_key": dedup_key,
        "kind": kind,
        "locale": locale,
        "batch_key": batch_key,
        "recipient": recipient,
        **_indexes_of(recipient),
        "parameters": _to_json(kind_named(kind), parameters),
        "status": status,
        "next_attempt_at": due_at or at,
        "last_error": reason,
        "created_at": at,
    }
    if status is MessageStatus.SUPPRESSED and kind_named(kind).is_forgotten:
        row |= {"recipient": None, "parameters": None}
    return insert(session, OutboxMessage, row)


def _indexes_of(recipient: str) -> dict[str, str | None]:
    box = Box.of(recipient)
    return {
        "recipient_index": box.folded,
        "mailbox_index": box.mailbox,
        "domain_index": domain_index_of(recipient),
    }


def _refusal(session: Session, kind: MessageKind, recipient: str) -> str | None:
    if not is_sendable(recipient):
        raise ValueError("a message needs the address of exactly one recipient")
    return refusal(session, kind.reach, recipient)


def refusal(session: Session, reach: Reach, address: str) -> str | None:
    """Return the code of why mail of this reach is refused to an address, or None."""
    if reach is not Reach.STAFF and is_robot(address):
        return "robot"
    return suppression.find_reason(session, Box.of(address), reach)


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
    last_sent_at = session.scalar(sa.select(sa.func.max(OutboxMessage.sent_at, type_=_MOMENT)))
    return None if last_sent_at is not None and last_sent_at > before else oldest


def counts(session: Session) -> dict[MessageStatus, int]:
    """Return how many messages are in each state; every state is there."""
    rows = session.execute(
        sa.select(OutboxMessage.status, sa.func.count()).group_by(OutboxMessage.status)
    )
    return dict.fromkeys(MessageStatus, 0) | dict(rows.all())


_MOMENT = OutboxMessage.created_at.type


def _to_json(kind: MessageKind, parameters: Any) -> str:
    _check(kind, parameters)
    return json.dumps(asdict(parameters), ensure_ascii=False)


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
    own: frozenset[str] = frozenset()
    refusal: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any], refusal: str | None = None) -> "Caps":
        """Read the settings of mail."""
        # Folded: a box that looks like ours may come back to us, and gets no mail either.
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
    """Enqueue a message that may share a mail with others; return whether it will leave.

    At most `caps.per_address` mails reach one box in 24 hours, counted with all that look alike:
    the first leaves at once, the others wait to gather messages to exactly that box. Beyond the
    cap, the message is stored `suppressed`.
    """
    index = index_of(recipient)
    lock(session, index)
    batch_key = mailbox_identity.batch_key(kind, mailbox_index_of(recipient), locale)
    due_at = _due_at(session, batch_key, index, at, caps.per_address)
    reason = caps.refusal or (None if due_at else "daily_cap")
    if not is_sendable(recipient):
        reason = "address"
    elif index_of(untagged(recipient)) in caps.own:
        reason = "own"
    message = enqueue(
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
    """Count the gathered mails that left for a box in the last 24 hours, or that still may."""
    parameters = {"index": index, "since": at - WINDOW}
    return _RECENT.value(session, parameters) or 0


def recent_deliveries_of(
    session: Session, indexes: Collection[str], at: datetime
) -> dict[str, int]:
    """Count the same for each of some boxes; one that is not there has none."""
    parameters = {"indexes": list(indexes), "since": at - WINDOW}
    rows = session.execute(_RECENT_BY_BOX, parameters)
    return dict(iter(rows))


_MAIL, _MESSAGE = Delivery.__table__.c, OutboxMessage.__table__.c
_SINCE = sa.bindparam("since", type_=_MAIL.created_at.type)
_IS_RECENT = sa.and_(
    _MAIL.id == _MESSAGE.delivery_id,
    _MESSAGE.batch_key.is_not(None),
    sa.or_(
        _MAIL.created_at > _SINCE,
        _MESSAGE.sent_at > _SINCE,
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
    return {key: (count, due_at) for key, count, due_at in _WAITING.rows(session, {"index": index})}


def _lock_number(index: str) -> int:
    """Return the 64 signed bits by which PostgreSQL names the lock of a box."""
    return int.from_bytes(bytes.fromhex(index)[:8], signed=True)
