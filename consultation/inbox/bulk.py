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
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

MOST_AT_ONCE = 200
SET_ASIDE_FROM = [state for state, move in TRANSITIONS if move is Move.SET_ASIDE]


@needs(Permission.SORT_INBOX)
def eligible(work: Work, public_ids: Iterable[str]) -> Sequence[IncomingMessage]:
    """Return those of the messages of these public ids that may be set aside together."""
    return _listed(
        work.session,
        IncomingMessage.public_id.in_(list(public_ids)),
        IncomingMessage.state.in_(SET_ASIDE_FROM),
        IncomingMessage.has_danger_words.is_(False),
    )


def set_aside(work: Work, public_ids: Iterable[str], reason: str) -> int:
    """Set the eligible ones of these messages aside; return how many."""
    messages = [(it.public_id, it.state) for it in eligible(work, public_ids)]
    for public_id, state in messages:
        decisions.set_aside(work, public_id, reason, seen=state)
    details = {"reason": reason, "count": len(messages)}
    audit_log.log(work, "messages_set_aside", None, details)
    return len(messages)


@needs(Permission.SORT_INBOX)
def undoable(work: Work, decided_at: datetime | None) -> Sequence[IncomingMessage]:
    """Return the messages that were set aside at that very moment and still are."""
    if decided_at is None:
        return []
    return _listed(
        work.session,
        IncomingMessage.state == State.SET_ASIDE,
        IncomingMessage.decided_at == decided_at,
    )


def undo(work: Work, decided_at: datetime | None) -> int:
    """Let the messages of an act wait again; return how many."""
    names = [message.public_id for message in undoable(work, decided_at)]
    return sum(_is_taken_back(work, name) for name in names)


def _is_taken_back(work: Work, public_id: str) -> bool:
    try:
        decisions.take_back(work, public_id, seen=State.SET_ASIDE)
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
