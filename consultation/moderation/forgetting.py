"""Forgets the texts of a respondent who had them erased: what was seen, covered and compared."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.jobs import cleaning
from consultation.moderation import clustering
from consultation.moderation.models import (
    DangerAlert,
    Finding,
    Layer,
    ModeratedText,
    Redaction,
    TextState,
)
from consultation.responses.forgetting import ERASED_TEXT, Forgotten


def forget(session: Session, forgotten: Forgotten) -> None:
    """Keep of overwritten texts only what was decided, and order that no copy stays anywhere.

    A range says how long a name was: what was covered covers the whole of what is left.
    """
    ids = forgotten.answer_ids
    clustering.alone(session)
    held = sa.select(ModeratedText.answer_id).where(ModeratedText.answer_id.in_(ids))
    session.execute(held.with_for_update()).all()
    clustering.forget(session, ids)
    session.execute(sa.delete(Finding).where(Finding.answer_id.in_(ids)))
    later = {"synchronize_session": False}
    session.execute(
        sa.update(Redaction)
        .where(Redaction.answer_id.in_(ids))
        .values(start=0, end=len(ERASED_TEXT), layer=Layer.ERASED),
        execution_options=later,
    )
    session.execute(
        sa.update(ModeratedText)
        .where(ModeratedText.answer_id.in_(ids))
        .values(
            is_flagged=False,
            has_danger_words=False,
            locale=None,
            claimed_by=None,
            claimed_until=None,
        ),
        execution_options=later,
    )
    session.execute(
        sa.update(DangerAlert).where(DangerAlert.answer_id.in_(ids)).values(note=None),
        execution_options=later,
    )
    _let_go_of_proposals(session, ids)
    cleaning.order(session, forgotten.at)


def _let_go_of_proposals(session: Session, ids: Sequence[int]) -> None:
    """A proposal is no decision: nobody is asked to agree about words that are gone."""
    session.execute(
        sa.update(ModeratedText)
        .where(ModeratedText.answer_id.in_(ids), ModeratedText.state == TextState.SECONDING)
        .values(state=TextState.WAITING, pending=None),
        execution_options={"synchronize_session": False},
    )
