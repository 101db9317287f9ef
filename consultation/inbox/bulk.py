"""Several messages set aside for one reason, and the act taken back.

Those of one act share their moment.  A message with danger words is left to its own page, as is the
reason that raises an alert.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.inbox import decisions
from consultation.inbox.decisions import TRANSITIONS, Move
from consultation.inbox.models import IncomingMessage, State
from consultation.web.permissions import Actor

MOST_AT_ONCE = 200
SET_ASIDE_FROM = [state for state, move in TRANSITIONS if move is Move.SET_ASIDE]


def eligible(
    session: Session, actor: Actor, public_ids: Iterable[str]
) -> Sequence[IncomingMessage]:
    """Return those of the messages of these public ids that may be set aside together."""
    decisions.check(actor)
    return _listed(
        session,
        IncomingMessage.public_id.in_(list(public_ids)),
        IncomingMessage.state.in_(SET_ASIDE_FROM),
        IncomingMessage.has_danger_words.is_(False),
    )


def set_aside(
    session: Session, actor: Actor, public_ids: Iterable[str], reason: str, at: datetime
) -> int:
    """Set the eligible ones of these messages aside; return how many."""
    messages = [(it.public_id, it.state) for it in eligible(session, actor, public_ids)]
    for public_id, state in messages:
        decisions.set_aside(session, actor, public_id, reason, seen=state, at=at)
    details = {"reason": reason, "count": len(messages)}
    audit_log.record(session, actor.id, "messages_set_aside", None, details, at=at)
    return len(messages)


def undoable(
    session: Session, actor: Actor, decided_at: datetime | None
) -> Sequence[IncomingMessage]:
    """Return the messages that were set aside at that very moment and still are."""
    decisions.check(actor)
    if decided_at is None:
        return []
    return _listed(
        session, IncomingMessage.state == State.SET_ASIDE, IncomingMessage.decided_at == decided_at
    )


def undo(session: Session, actor: Actor, decided_at: datetime | None, at: datetime) -> int:
    """Let the messages of an act wait again; return how many."""
    names = [message.public_id for message in undoable(session, actor, decided_at)]
    return sum(_is_taken_back(session, actor, name, at) for name in names)


def _is_taken_back(session: Session, actor: Actor, public_id: str, at: datetime) -> bool:
    try:
        decisions.take_back(session, actor, public_id, seen=State.SET_ASIDE, at=at)
    except StaleEdit:
        return False
    return True


def _listed(session: Session, *conditions: sa.ColumnElement[bool]) -> Sequence[IncomingMessage]:
    return session.scalars(
        sa.select(IncomingMessage)
        .where(*conditions)
        .options(defer(IncomingMessage.original), defer(IncomingMessage.kept))
        .order_by(IncomingMessage.id)
        .limit(MOST_AT_ONCE)
    ).all()
