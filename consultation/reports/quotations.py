"""Texts of others in a report: respondents and institutions, as far as they are public now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import Localized
from consultation.institutions.replies import queries as reply_queries
from consultation.institutions.replies.queries import PublicReply
from consultation.moderation import visibility
from consultation.moderation.models import ModeratedText
from consultation.moderation.visibility import Audience, visible
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.reports.models import ReportEdition, ReportQuotation
from consultation.responses.models import Answer, Respondent
from consultation.responses.rights.erasure import Erased

_LATER = {"synchronize_session": False}


@dataclass(frozen=True)
class Quotation:
    """A text, its question, and the language in which its author answered."""

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


def erase_texts(session: Session, forgotten: Erased) -> None:
    """Empty the rows that name erased texts."""
    _empty(session, ReportQuotation.answer_id.in_(forgotten.answer_ids))


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
        Respondent.locale,
        code,
    )
    readable = [(visible(text, Audience.PUBLIC), row) for text, row in rows]
    return [
        Quotation(answer_id, public_id, text, question, locale, measure or "")
        for text, (answer_id, public_id, question, locale, measure) in readable
        if text is not None
    ]


def _empty(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(
        sa.update(ReportQuotation).where(which).values(answer_id=None), execution_options=_LATER
    )
