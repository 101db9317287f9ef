"""Erasure of messages: of old ones by retention, and of those of a respondent."""

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
from consultation.responses.rights.erasure import Erased

DECIDED = (State.CONVERTED, State.SET_ASIDE)
STRAY_AFTER = timedelta(days=1)
"""Age from which a file that no row names is an orphan."""


def erase_old_messages(session: Session, before: datetime, most: int) -> int:
    """Blank at most `most` messages that were decided on before `before`; return how many.

    `sweep_released` removes their files, once that is committed.
    """
    decided_at = sa.func.coalesce(IncomingMessage.decided_at, IncomingMessage.collected_at)
    which = sa.and_(
        IncomingMessage.state.in_(DECIDED),
        decided_at < before,
        IncomingMessage.original.is_not(None),
    )
    gone: Sequence[int] = session.scalars(
        sa.select(IncomingMessage.id).where(which).limit(most)
    ).all()
    blank(session, gone)
    return len(gone)


def blank(session: Session, ids: Sequence[int]) -> None:
    """Blank texts and addresses of messages, and release their files for `sweep_released`."""
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


def blank_sources(session: Session, answer_ids: Sequence[int]) -> None:
    """Blank whole the messages that these answers were made from: they hold the same text."""
    ids: Sequence[int] = session.scalars(
        sa.select(Conversion.message_id)
        .join(Answer, Answer.response_id == Conversion.response_id)
        .where(Answer.id.in_(answer_ids))
        .distinct()
    ).all()
    blank(session, ids)


def sweep_orphans(session: Session, home: Path, at: datetime) -> int:
    """Remove the files that no row names; return how many.

    A file is written before its row: one of today may belong to a row about to be stored.
    """
    kept = set(
        session.scalars(sa.select(IncomingAttachment.public_id).where(IncomingAttachment.is_kept))
    )
    session.rollback()
    strays = [name for name in attachments.older_than(home, at - STRAY_AFTER) if name not in kept]
    attachments.remove(home, strays)
    return len(strays)


REASON = "erased"


def erase_respondent(session: Session, forgotten: Erased) -> None:
    """Blank what a respondent wrote by mail, whole: signatures can't be found for certain.

    Contributions made from it stay; messages that waited for a decision are set aside.
    """
    ids = _ids(session, forgotten.respondent_id)
    blank(session, ids)
    _cancel_confirmations(session, ids)
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
    """Return the other respondents whose responses were made from the mails of this one.

    Converting makes a new respondent where this one had answered the measure already.
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
    """Remove the files that their rows do not keep any more; return how many."""
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


def _cancel_confirmations(session: Session, ids: Sequence[int]) -> None:
    """Cancel the mails that ask the respondent whether they wrote: these hold the address."""
    names = session.scalars(sa.select(IncomingMessage.public_id).where(IncomingMessage.id.in_(ids)))
    keys = [confirmation.dedup_key_of(public_id) for public_id in names]
    mails = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.in_(keys))
    retention.cancel_and_blank(session, session.scalars(mails).all())


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
