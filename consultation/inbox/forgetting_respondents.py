"""Forgets the mails by which a respondent who had themself erased had written to us."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.inbox import confirming, enclosures, forgetting
from consultation.inbox.models import Conversion, IncomingAttachment, IncomingMessage, State
from consultation.mail import emptying
from consultation.mail.models import OutboxMessage
from consultation.responses.forgetting import Forgotten
from consultation.responses.models import Response

REASON = "erased"


def forget(session: Session, forgotten: Forgotten) -> None:
    """Empty what a respondent wrote by mail, whole: name and signature can't be told from the rest.

    What became a contribution stays one; what still waited for a decision is set aside.
    """
    ids = _ids(session, forgotten.respondent_id)
    forgetting.empty(session, ids)
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


def sweep(session: Session, home: Path) -> int:
    """Remove the files of which the row says that they are not kept; return how many."""
    there = enclosures.names(home)
    dropped = set(
        session.scalars(
            sa.select(IncomingAttachment.public_id).where(IncomingAttachment.is_kept.is_(False))
        )
    )
    session.rollback()
    gone = [name for name in there if name in dropped]
    enclosures.remove(home, gone)
    return len(gone)


def _call_back_questions(session: Session, ids: Sequence[int]) -> None:
    """Call back the mails that ask them whether they wrote: these hold their address too."""
    names = session.scalars(sa.select(IncomingMessage.public_id).where(IncomingMessage.id.in_(ids)))
    keys = [confirming.dedup_key_of(public_id) for public_id in names]
    asked = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.in_(keys))
    emptying.call_back(session, session.scalars(asked).all())


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
