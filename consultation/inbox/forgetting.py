"""Forgets what incoming mail said once it is decided on and old; the rows stay, and are counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.inbox import enclosures
from consultation.inbox.models import Conversion, IncomingAttachment, IncomingMessage, State
from consultation.responses.models import Answer

DECIDED = (State.CONVERTED, State.SET_ASIDE)
STRAY_AFTER = timedelta(days=1)
"""How old a file must be before it is one that no row will ever name."""


def forget(session: Session, before: datetime, most: int) -> int:
    """Take every word and address from `most` messages that were decided on; return of how many.

    Their files are taken off the disk by `sweep`, once that is committed.
    """
    moment = sa.func.coalesce(IncomingMessage.decided_at, IncomingMessage.collected_at)
    which = sa.and_(
        IncomingMessage.state.in_(DECIDED),
        moment < before,
        IncomingMessage.original.is_not(None),
    )
    gone: Sequence[int] = session.scalars(
        sa.select(IncomingMessage.id).where(which).limit(most)
    ).all()
    empty(session, gone)
    return len(gone)


def empty(session: Session, ids: Sequence[int]) -> None:
    """Take every word and address from messages, and let go of their files."""
    session.execute(
        sa.update(IncomingMessage)
        .where(IncomingMessage.id.in_(ids))
        .values(
            sender=None,
            sender_name=None,
            subject=None,
            original=None,
            kept=None,
            has_danger_words=False,
        ),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        sa.update(IncomingAttachment)
        .where(IncomingAttachment.message_id.in_(ids))
        .values(name=None, is_kept=False),
        execution_options={"synchronize_session": False},
    )


def empty_sources(session: Session, answer_ids: Sequence[int]) -> None:
    """Empty the mails that became these answers, whole: they say once more what is erased there."""
    ids: Sequence[int] = session.scalars(
        sa.select(Conversion.message_id)
        .join(Answer, Answer.response_id == Conversion.response_id)
        .where(Answer.id.in_(answer_ids))
        .distinct()
    ).all()
    empty(session, ids)


def sweep(session: Session, home: Path, at: datetime) -> int:
    """Remove the files that no row keeps; return how many.

    A file is written before its row, so that one of today may be about to be named.
    """
    kept = set(
        session.scalars(sa.select(IncomingAttachment.public_id).where(IncomingAttachment.is_kept))
    )
    session.rollback()
    strays = [name for name in enclosures.older_than(home, at - STRAY_AFTER) if name not in kept]
    enclosures.remove(home, strays)
    return len(strays)
