"""Read from the database what a round asked, once for a whole workbook."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exporting.asked import Asked, AskedForm, AskedQuestion, AskedVersion
from consultation.exporting.selecting import EVERYTHING, TOOL, Selection
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Option, Question, Questionnaire, Round
from consultation.responses.models import Response


def recall(instant: Session, consultation_round: Round, selection: Selection = EVERYTHING) -> Asked:
    """Return what `consultation_round` asked, as far as it was selected, read in four queries."""
    locale = selection.locale
    forms = _forms(instant, selection.forms(consultation_round.id), locale)
    return Asked(
        round_id=consultation_round.id,
        round_code=consultation_round.code,
        round_title=localized(consultation_round.title, DEFAULT_LOCALE),
        forms=forms,
        questions=_questions(instant, consultation_round.id, forms, locale),
        selection=selection,
        number_by_response=_numbers(instant, consultation_round.id, selection),
        opens_at=consultation_round.opens_at,
        closes_at=consultation_round.closes_at,
        document_url=consultation_round.document_url,
    )


def _numbers(instant: Session, round_id: int, selection: Selection) -> dict[int, int]:
    """Return a number for each response of a workbook that holds no receipt code."""
    if not selection.is_anonymised:
        return {}
    ids = instant.scalars(
        sa.select(Response.id)
        .join(Response.questionnaire)
        .where(selection.includes(round_id))
        .order_by(Response.id)
    )
    return {id_: number for number, id_ in enumerate(ids, start=1)}


def _forms(instant: Session, selected: sa.ColumnElement[bool], locale: str) -> list[AskedForm]:
    rows = instant.execute(
        sa.select(
            Questionnaire.id, Measure.code, Questionnaire.title, Axis.title, Questionnaire.version
        )
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .outerjoin(Axis, Axis.id == Measure.axis_id)
        .where(selected, Questionnaire.published_at.is_not(None))
        .order_by(
            sa.case((Questionnaire.measure_id.is_(None), 1), else_=0),
            Axis.position,
            Measure.position,
            Measure.id,
            Questionnaire.version,
        )
    )
    return [
        AskedForm(id_, code or TOOL, localized(title, locale), localized(axis, locale), version)
        for id_, code, title, axis, version in rows
    ]


def _questions(
    instant: Session, round_id: int, forms: Sequence[AskedForm], locale: str
) -> list[AskedQuestion]:
    place = {form.id: number for number, form in enumerate(forms)}
    options = _options(instant, round_id, locale)
    versions = _versions(instant, round_id, locale)
    # Columns, as the entities would bring their options with them: a tenth of the memory of all.
    rows = instant.execute(
        sa.select(
            Question.id,
            Question.questionnaire_id,
            Question.position,
            Question.indicator_version_id,
            Question.code,
            Question.kind,
            Question.destination,
            Question.label,
            Question.settings,
            Question.condition,
        )
        .join(Questionnaire)
        .where(Questionnaire.round_id == round_id)
    )
    asked = [question for question in rows if question.questionnaire_id in place]
    asked.sort(key=lambda question: (place[question.questionnaire_id], question.position))
    return [
        AskedQuestion(
            id=question.id,
            form=forms[place[question.questionnaire_id]],
            version=versions.get(question.indicator_version_id or 0),
            code=question.code,
            kind=question.kind,
            destination=question.destination,
            label=localized(question.label, locale),
            settings=question.settings,
            condition=question.condition,
            options=options.get(question.id, {}),
        )
        for question in asked
    ]


def _options(instant: Session, round_id: int, locale: str) -> dict[int, dict[str, str]]:
    rows = instant.execute(
        sa.select(Option.question_id, Option.code, Option.label)
        .join(Question, Question.id == Option.question_id)
        .join(Questionnaire)
        .where(Questionnaire.round_id == round_id)
        .order_by(Option.question_id, Option.position)
    )
    options: dict[int, dict[str, str]] = {}
    for question_id, code, label in rows:
        options.setdefault(question_id, {})[code] = localized(label, locale)
    return options


def _versions(instant: Session, round_id: int, locale: str) -> dict[int, AskedVersion]:
    asked_about = (
        sa.select(Question.indicator_version_id)
        .join(Questionnaire)
        .where(Questionnaire.round_id == round_id)
    )
    rows = instant.execute(
        sa.select(
            IndicatorVersion.id, Indicator.code, IndicatorVersion.number, IndicatorVersion.label
        )
        .join(Indicator)
        .where(IndicatorVersion.id.in_(asked_about))
    )
    return {
        id_: AskedVersion(id_, code, number, localized(label, locale))
        for id_, code, number, label in rows
    }
