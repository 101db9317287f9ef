"""Entry of responses on paper or by telephone: the forms to fill in, and their duplicates.

They are stored by `submission.acceptance.submit_form`, as all forms are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from consultation.accounts.audit import audit_log
from consultation.i18n import Localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.form.instrument import InstrumentCache
from consultation.questionnaires.models import Questionnaire, Round, RoundMoments
from consultation.responses.models import ENTERED, Respondent, Response, Submission
from consultation.responses.submission import context
from consultation.responses.submission.context import FormContext
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.store import Filled, Stored
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

ACCEPTED_FOR = timedelta(days=3650)
"""How long after the closing what came before it may be typed in."""
_LAST = timedelta(seconds=1)


@dataclass(frozen=True)
class FormInForce:
    """A form that may be filled in; `code` is None for that on the tool."""

    code: str | None
    title: Localized
    axis: Localized | None


@needs(Permission.ENTER_RESPONSES)
def forms(work: Work, consultation_round: Round) -> Sequence[FormInForce]:
    """Return the forms in force of a round in the order of the plan, that on the tool last."""
    rows = work.session.execute(
        sa.select(Measure.code, Questionnaire.title, Axis.title)
        .select_from(Questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .outerjoin(Axis, Axis.id == Measure.axis_id)
        .where(
            Questionnaire.round_id == consultation_round.id,
            Questionnaire.closed_at.is_(None),
            Questionnaire.published_at.is_not(None),
        )
        .order_by(Measure.id.is_(None), Axis.position, Axis.id, Measure.position, Questionnaire.id)
    )
    return [FormInForce(*row) for row in rows]


def given_out_at(consultation_round: RoundMoments, at: datetime) -> datetime:
    """Return the moment for which a form is given out: that of a closed round is its last one."""
    return min(at, consultation_round.closes_at - _LAST)


@needs(Permission.ENTER_RESPONSES)
def load(
    work: Work, shelf: InstrumentCache, consultation_round: Round, code: str | None
) -> FormContext | None:
    """Return the form in force on a measure (None: on the tool), None where there is none."""
    given_out = given_out_at(consultation_round.moments, work.at)
    return context.load(work.session, shelf, code, given_out, round_id=consultation_round.id)


def is_of_staff(key: SubmissionKey | None) -> bool:
    """Return whether a key is verified and belongs to nobody's space."""
    return key is not None and key.holder is None


@needs(Permission.ENTER_RESPONSES)
def duplicate(work: Work, filled: Filled) -> Response | None:
    """Return a response that was typed in under another key and says the same, if there is one."""
    return work.session.scalars(
        sa.select(Response)
        .join(Respondent)
        .join(Submission)
        .where(
            Response.questionnaire_id == filled.instrument.id,
            Response.content_hash == filled.content_hash,
            Response.withdrawn_at.is_(None),
            Respondent.channel.in_(ENTERED),
            Submission.key != filled.key.id,
        )
        .order_by(Response.id)
        .limit(1)
    ).one_or_none()


@needs(Permission.ENTER_RESPONSES)
def record(work: Work, filled: Filled, stored: Stored) -> None:
    """Note in the audit log who has typed in a response, in the transaction that stores it."""
    details = {"channel": filled.sending.channel.value}
    audit_log.log(work, "response_entered", stored.public_id, details)


def public_id_of(session: Session, receipt_code: str) -> str:
    """Return the public id of the response of a receipt code."""
    return session.scalars(
        sa.select(Response.public_id).where(Response.receipt_code == receipt_code)
    ).one()


@needs(Permission.ENTER_RESPONSES)
def find(work: Work, public_id: str) -> Response | None:
    """Return a response that was typed in, with its form and its respondent, or None."""
    return work.session.scalars(
        sa.select(Response)
        .join(Response.respondent)
        .where(Response.public_id == public_id, Respondent.channel.in_(ENTERED))
        .options(
            joinedload(Response.questionnaire).joinedload(Questionnaire.measure),
            contains_eager(Response.respondent).joinedload(Respondent.contact),
        )
    ).one_or_none()
