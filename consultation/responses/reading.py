"""Read responses back: a respondent's own, and one as staff see it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import localized
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.kinds import numbers
from consultation.questionnaires.models import Question
from consultation.responses.models import Answer, Response

Answered = tuple[str, Question, list[str]]
"""The indicator's code or nothing, the question, and each value in words."""


def with_answers() -> sa.Select[Response]:
    """Return the query of responses with all that showing them needs, in few queries."""
    return sa.select(Response).options(
        joinedload(Response.questionnaire),
        joinedload(Response.respondent),
        selectinload(Response.answers).options(
            joinedload(Answer.option),
            joinedload(Answer.question)
            .joinedload(Question.indicator_version)
            .joinedload(IndicatorVersion.indicator),
        ),
    )


def current_of(session: Session, respondent_id: int) -> Sequence[Response]:
    """Return the respondent's responses as they stand, the latest first."""
    return session.scalars(
        with_answers()
        .where(
            Response.respondent_id == respondent_id,
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
        .order_by(Response.submitted_at.desc())
    ).all()


def answered(
    response: Response, locale: str, texts: Mapping[int, str] | None = None
) -> list[Answered]:
    """Return what was answered, question by question, in the order of the form.

    `texts` is what may be read of each text, by the id of its answer; without it, as its author
    alone may, each is read as it was written.
    """
    by_question: dict[int, Answered] = {}
    for answer in sorted(response.answers, key=lambda row: row.question.position):
        question = answer.question
        version = question.indicator_version
        place = version.indicator.code if version else ""
        _place, _question, values = by_question.setdefault(question.id, (place, question, []))
        if answer.text is not None and texts is not None:
            values.append(texts[answer.id])
        else:
            values.append(_in_words(answer, locale))
    return list(by_question.values())


def _in_words(answer: Answer, locale: str) -> str:
    if answer.option is not None:
        return localized(answer.option.label, locale)
    if answer.number is not None:
        return numbers.written(answer.number).replace(".", "," if locale == "fr" else ".")
    if answer.date is not None:
        return f"{answer.date:%d/%m/%Y}"
    return answer.text or ""
