"""Says to a respondent what has changed in a form since they last sent or saved it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.questionnaires.instrument import Instrument, Shelf
from consultation.questionnaires.models import Questionnaire
from consultation.questionnaires.renewal import Renewal, renewal
from consultation.responses.models import Draft, Response


@dataclass(frozen=True)
class Renewed:
    """When a respondent left an earlier version of a form, and what this one changes."""

    left_at: datetime
    was_draft: bool
    changes: Renewal


def renewed(
    session: Session, shelf: Shelf, form: Instrument, respondent_id: int, locale: str
) -> Renewed | None:
    """Return what `form` changes for a respondent; None when they left no earlier version.

    A draft of this very version does not end it: what is marked stays marked until it is sent.
    """
    for was_draft, wanted in ((True, _draft(respondent_id)), (False, _sent(respondent_id))):
        row = session.execute(
            wanted.where(
                Questionnaire.round_id == form.round_id,
                Questionnaire.measure_id.is_(None)
                if form.measure_id is None
                else Questionnaire.measure_id == form.measure_id,
                Questionnaire.version < form.version,
            ).limit(1)
        ).one_or_none()
        before = shelf.take(session, row.public_id) if row is not None else None
        if row is not None and before is not None:
            return Renewed(row.left_at, was_draft, renewal(before, form, locale))
    return None


def _draft(respondent_id: int) -> sa.Select[str, datetime]:
    return (
        sa.select(Questionnaire.public_id, Draft.saved_at.label("left_at"))
        .join(Draft, Draft.questionnaire_id == Questionnaire.id)
        .where(Draft.respondent_id == respondent_id)
        .order_by(Draft.saved_at.desc())
    )


def _sent(respondent_id: int) -> sa.Select[str, datetime]:
    return (
        sa.select(Questionnaire.public_id, Response.submitted_at.label("left_at"))
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .where(Response.respondent_id == respondent_id, Response.superseded_at.is_(None))
        .order_by(Response.id.desc())
    )
