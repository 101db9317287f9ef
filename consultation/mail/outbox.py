"""The outbox: writing down what mail is owed, and how much of it waits."""

import json
import types
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import clock
from consultation.inserting import insert
from consultation.mail import breaking, suppressing
from consultation.mail.addresses import domain_index_of, is_robot, is_sendable
from consultation.mail.boxes import Box
from consultation.mail.kinds import MessageKind, Reach, kind_named
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
    """Owe a message within the caller's transaction, and return it.

    It leaves at `due_at` (at once by default), with those of the same `batch_key` that wait.  One
    to a robot, or to somebody who wants none, is stored `suppressed`.  Raise ValueError for an
    unknown kind, parameters that are not the kind's, or an address of several recipients.
    """
    if status is MessageStatus.QUEUED:
        reason = _refused(session, kind_named(kind), recipient)
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


def _refused(session: Session, kind: MessageKind, recipient: str) -> str | None:
    if not is_sendable(recipient):
        raise ValueError("a message needs the address of exactly one recipient")
    return refusal(session, kind.reach, recipient)


def refusal(session: Session, reach: Reach, address: str) -> str | None:
    """Return why mail of this reach is not for that address, as the staff's list codes it."""
    if reach is not Reach.STAFF and is_robot(address):
        return "robot"
    return suppressing.stopping(session, Box.of(address), reach)


def parameters_from(kind: MessageKind, text: str) -> Any:
    """Return the parameters that `enqueue` was given; raise ValueError when they are not."""
    try:
        parameters = kind.parameters(**json.loads(text))
    except TypeError:
        raise ValueError(f"these are no parameters of {kind.name!r}") from None
    _check(kind, parameters)
    return parameters


def oldest_waiting(session: Session) -> datetime | None:
    """Return since when the oldest message that could have left has been waiting, or None.

    A message that is being gathered until later does not count, one that failed counts from its
    first attempt, and one of a flood, which waits for an administrator, from when it was owed.
    """
    of_flood = OutboxMessage.last_error == breaking.FLOOD
    due_at = sa.case((of_flood, OutboxMessage.created_at), else_=OutboxMessage.next_attempt_at)
    since = sa.func.coalesce(Delivery.created_at, due_at, type_=_MOMENT)
    return session.scalar(
        sa.select(sa.func.min(since, type_=_MOMENT))
        .select_from(OutboxMessage)
        .outerjoin(OutboxMessage.delivery)
        .where(OutboxMessage.status.in_(WAITING), since <= clock.now())
    )


def held_count(session: Session) -> int:
    """Return how many answers wait for an administrator to let them go."""
    held = sa.select(sa.func.count()).where(
        OutboxMessage.status == MessageStatus.QUEUED, OutboxMessage.last_error == breaking.FLOOD
    )
    return session.scalar(held) or 0


LATE_AFTER = timedelta(minutes=10)


def stalled_since(session: Session) -> datetime | None:
    """Return since when a message has waited while none left, when that is ten minutes or more.

    While answers wait for an administrator, it does not matter whether other mail leaves.
    """
    oldest = oldest_waiting(session)
    before = clock.now() - LATE_AFTER
    if oldest is None or oldest > before:
        return None
    if breaking.answers_wait(session):
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
    """Say whether `value`, as JSON gives it, is of the type that `hint` names."""
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
