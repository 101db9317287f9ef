"""Kept mail: what stayed on this machine for want of a mail server, and leaves once one is set."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import Unreadable, keyring
from consultation.jobs import erase_copies
from consultation.mail import displayed_states, kinds, outbox, outbox_actions
from consultation.mail.delivery.breakers import HOUR
from consultation.mail.kinds import Reach
from consultation.mail.models import WAITING, MessageStatus, OutboxMessage
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

PACE = 120
"""Mails an hour, so that those of each day find their place beside them."""
WAS_KEPT = "was_kept"
"""Reason of a message that waits for its turn after it was kept."""
NEVER_SENT = (outbox_actions.KIND.name,)
"""The kinds that tried something out, which is over."""

_MAY_LEAVE = sa.and_(
    displayed_states.is_kept(),
    OutboxMessage.recipient.is_not(None),
    OutboxMessage.parameters.is_not(None),
)


@dataclass(frozen=True)
class KeptKind:
    """The kept messages of a kind: how many can still leave, and when they were enqueued."""

    name: str
    label: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class ReleaseProgress:
    """How many messages that were kept have not left yet, and when the last one is due."""

    count: int
    last_at: datetime | None


def by_kind(session: Session) -> Sequence[KeptKind]:
    """Return the kept messages that can still leave, by kind."""
    moment = OutboxMessage.created_at
    rows = session.execute(
        sa.select(
            OutboxMessage.kind,
            sa.func.count(),
            sa.func.min(moment, type_=moment.type),
            sa.func.max(moment, type_=moment.type),
        )
        .where(_MAY_LEAVE, OutboxMessage.kind.not_in(NEVER_SENT))
        .group_by(OutboxMessage.kind)
        .order_by(OutboxMessage.kind)
    )
    labels = kinds.kind_labels()
    return [
        KeptKind(name, labels.get(name, name), count, first_at, last_at)
        for name, count, first_at, last_at in rows
    ]


def progress(session: Session) -> ReleaseProgress:
    """Return how far the sending of what was kept is."""
    due = OutboxMessage.next_attempt_at
    counted = sa.select(sa.func.count(), sa.func.max(due, type_=due.type))
    row = session.execute(
        counted.where(OutboxMessage.status.in_(WAITING), OutboxMessage.last_error == WAS_KEPT)
    ).one()
    return ReleaseProgress(*row)


@needs(Permission.DIRECT_OUTBOX)
def release(work: Work, names: Collection[str]) -> int:
    """Enqueue the kept messages of these kinds again, and return how many leave.

    Those to the staff leave first, the others `PACE` an hour.  Each is a new mail, of today; one to
    an address that gets no more mail is suppressed.  The copies here are removed.
    """
    rows = work.session.execute(
        sa.select(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.delivery_id,
            # Decrypted one by one: a row that no key opens must not stop the others.
            sa.type_coerce(OutboxMessage.recipient, sa.LargeBinary).label("recipient"),
        )
        .where(_MAY_LEAVE, OutboxMessage.kind.in_(set(names) - {*NEVER_SENT}))
        .order_by(OutboxMessage.id)
        .with_for_update()
    ).all()
    due_at = _due_at(rows, work.at)
    released = [
        values for row in rows if (values := _released(work.session, row, due_at[row.delivery_id]))
    ]
    if released:
        work.session.execute(sa.update(OutboxMessage), released)
        work.session.expire_all()
        erase_copies.order(work.session, work.at)
    return sum(it["status"] is MessageStatus.QUEUED for it in released)


def _due_at(rows: Sequence[Any], at: datetime) -> Mapping[int, datetime]:
    """Return when each mail leaves: what was in one mail leaves together."""
    for_all = [it.delivery_id for it in rows if not _is_for_staff(it.kind)]
    due_at = dict.fromkeys([it.delivery_id for it in rows], at)
    for place, delivery_id in enumerate(dict.fromkeys(for_all)):
        due_at[delivery_id] = at + place * HOUR / PACE
    return due_at


def _is_for_staff(kind: str) -> bool:
    return kinds.kind_named(kind).reach is Reach.STAFF


def _released(session: Session, row: Any, due_at: datetime) -> dict[str, Any] | None:
    """Return the new values of a message that is released; None for one that no key opens."""
    try:
        address = keyring.decrypt(row.recipient)
    except Unreadable:
        return None
    reason = outbox.refusal(session, kinds.kind_named(row.kind).reach, address)
    return {
        "id": row.id,
        "status": MessageStatus.SUPPRESSED if reason else MessageStatus.QUEUED,
        "last_error": reason or WAS_KEPT,
        "delivery_id": None,
        "sent_at": None,
        "attempts": 0,
        "next_attempt_at": due_at,
    }
