"""Texts of others in a report: respondents and institutions, as far as they are public now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import Localized
from consultation.institutions.replies import queries as reply_queries
from consultation.institutions.replies.models import Reply, ReplyRequest
from consultation.institutions.replies.queries import PublicReply
from consultation.moderation import visibility
from consultation.moderation.models import ModeratedText, ModerationDecision
from consultation.moderation.visibility import Audience, visible
from consultation.plan.models import Measure, MeasureStatus
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.reports.models import ReportEdition, ReportQuotation
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import Erased

_LATER = {"synchronize_session": False}


@dataclass(frozen=True)
class Quotation:
    """A text, its question, and its language."""

    answer_id: int
    public_id: str
    """Of the text in moderation."""
    text: str
    question: Localized
    locale: str
    measure: str
    """Code of the measure, empty for the tool as a whole."""


def quotable(session: Session, measure_id: int | None) -> Sequence[Quotation]:
    """Return the texts on a measure, or on the tool as a whole, that may be public."""
    is_of_measure = (
        Questionnaire.measure_id.is_(None)
        if measure_id is None
        else Questionnaire.measure_id == measure_id
    )
    return _texts(session, is_of_measure)


def of_edition(session: Session, edition: ReportEdition) -> Mapping[str, Sequence[Quotation]]:
    """Return by code of the measure the quotations of an edition that may still be public."""
    wanted = [it.answer_id for it in edition.quotations if it.answer_id is not None]
    by_measure: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in _texts(session, Answer.id.in_(wanted)) if wanted else ():
        by_measure[quotation.measure].append(quotation)
    return by_measure


def replies_until(session: Session, until: datetime) -> Mapping[str, Sequence[PublicReply]]:
    """Return by code of the measure the replies of institutions published by then."""
    codes = dict(session.execute(sa.select(Measure.id, Measure.code)).all())
    return {
        codes[measure_id]: [it for it in replies if it.published_at <= until]
        for measure_id, replies in reply_queries.published(session, list(codes)).items()
    }


def may_have_changed(session: Session, edition: ReportEdition) -> bool:
    """Return whether a text of others that a published edition had may differ now, or be gone."""
    wanted = [it.answer_id for it in edition.quotations]
    public = [it for texts in of_edition(session, edition).values() for it in texts]
    if len(public) < len(wanted):
        return True
    is_blanked = sa.exists().where(Reply.request_id == ReplyRequest.id, Reply.text == "")
    is_assessment_there = sa.exists().where(MeasureStatus.public_id == ReplyRequest.status_id)
    is_later = sa.or_(
        sa.exists().where(
            ModerationDecision.answer_id.in_(wanted),
            ModerationDecision.decided_at > edition.published_at,
        ),
        sa.exists().where(
            ReplyRequest.published_at <= edition.published_at,
            sa.or_(is_blanked, ~is_assessment_there),
        ),
    )
    return bool(session.scalar(sa.select(is_later)))


def erase_texts(session: Session, forgotten: Erased) -> None:
    """Empty the rows that name erased texts."""
    named = ReportQuotation.answer_id.in_(forgotten.answer_ids)
    session.execute(
        sa.update(ReportQuotation).where(named).values(answer_id=None), execution_options=_LATER
    )


def _texts(session: Session, condition: sa.ColumnElement[bool]) -> list[Quotation]:
    code = sa.select(Measure.code).where(Measure.id == Questionnaire.measure_id).scalar_subquery()
    rows = visibility.texts(
        session,
        sa.and_(
            condition,
            Question.destination == Destination.ANSWER,
            visibility.IS_VISIBLE[Audience.PUBLIC],
        ),
        Answer.id,
        ModeratedText.public_id,
        Question.label,
        visibility.LOCALE,
        code,
    )
    readable = [(visible(text, Audience.PUBLIC), row) for text, row in rows]
    return [
        Quotation(answer_id, public_id, text, question, locale, measure or "")
        for text, (answer_id, public_id, question, locale, measure) in readable
        if text is not None
    ]
