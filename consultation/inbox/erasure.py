"""Erasure in the inbox: old messages by retention, and what a respondent had written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.inbox import attachments, confirmation
from consultation.inbox.models import Conversion, IncomingAttachment, IncomingMessage, State
from consultation.mail import retention
from consultation.mail.models import OutboxMessage
from consultation.responses.models import Answer, Response
from consultation.responses.rights.erasure import Forgotten

DECIDED = (State.CONVERTED, State.SET_ASIDE)
STRAY_AFTER = timedelta(days=1)
"""How old a file must be before it is one that no row will ever name."""


def erase_old_messages(session: Session, before: datetime, most: int) -> int:
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


def sweep_orphans(session: Session, home: Path, at: datetime) -> int:
    """Remove the files that no row keeps; return how many.

    A file is written before its row, so that one of today may be about to be named.
    """
    kept = set(
        session.scalars(sa.select(IncomingAttachment.public_id).where(IncomingAttachment.is_kept))
    )
    session.rollback()
    strays = [name for name in attachments.older_than(home, at - STRAY_AFTER) if name not in kept]
    attachments.remove(home, strays)
    return len(strays)


REASON = "erased"


def erase_respondent(session: Session, forgotten: Forgotten) -> None:
    """Empty what a respondent wrote by mail, whole: name and signature can't be told from the rest.

    What became a contribution stays one; what still waited for a decision is set aside.
    """
    ids = _ids(session, forgotten.respondent_id)
    empty(session, ids)
    _call_back_questions(session, ids)
    which = IncomingMessage.id.in_(ids)
    later = {"synchronize_session": False}
    session.execute(
        sa.update(IncomingMessage)
        .where(which)
        .values(sender_index=None, respondent_id=None, delivery_id=None),
        execution_options=later,
    )
    session.execute(
        sa.update(IncomingMessage)
        .where(which, IncomingMessage.state.in_((State.WAITING, State.ASKED)))
        .values(state=State.SET_ASIDE, reason=REASON, decided_at=forgotten.at),
        execution_options=later,
    )


def others(session: Session, respondent_id: int) -> Sequence[int]:
    """Return the other respondents that the letters of this one have become.

    Such as where they had answered the measure already.
    """
    return session.scalars(
        sa.select(Response.respondent_id)
        .join(Conversion, Conversion.response_id == Response.id)
        .join(IncomingMessage, IncomingMessage.id == Conversion.message_id)
        .where(
            IncomingMessage.respondent_id == respondent_id,
            Response.respondent_id != respondent_id,
        )
        .distinct()
    ).all()


def sweep_released(session: Session, home: Path) -> int:
    """Remove the files of which the row says that they are not kept; return how many."""
    there = attachments.names(home)
    dropped = set(
        session.scalars(
            sa.select(IncomingAttachment.public_id).where(IncomingAttachment.is_kept.is_(False))
        )
    )
    session.rollback()
    gone = [name for name in there if name in dropped]
    attachments.remove(home, gone)
    return len(gone)


def _call_back_questions(session: Session, ids: Sequence[int]) -> None:
    """Call back the mails that ask them whether they wrote: these hold their address too."""
    names = session.scalars(sa.select(IncomingMessage.public_id).where(IncomingMessage.id.in_(ids)))
    keys = [confirmation.dedup_key_of(public_id) for public_id in names]
    asked = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.in_(keys))
    retention.call_back(session, session.scalars(asked).all())


def _ids(session: Session, respondent_id: int) -> Sequence[int]:
    converted = (
        sa.select(Conversion.message_id)
        .join(Response, Response.id == Conversion.response_id)
        .where(Response.respondent_id == respondent_id)
    )
    return session.scalars(
        sa.select(IncomingMessage.id).where(
            sa.or_(
                IncomingMessage.id.in_(converted), IncomingMessage.respondent_id == respondent_id
            )
        )
    ).all()
