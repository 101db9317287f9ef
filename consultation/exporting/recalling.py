"""Read from the database what a round asked, once for a whole workbook."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exporting.asked import Asked, AskedForm, AskedQuestion, AskedVersion
from consultation.exporting.selecting import EVERYTHING, TOOL, Selection
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Option, Question, Questionnaire, Round


def recall(instant: Session, consultation_round: Round, selection: Selection = EVERYTHING) -> Asked:
    """Return what `consultation_round` asked, as far as it was selected, read in four queries."""
    forms = _forms(instant, selection.forms(consultation_round.id))
    return Asked(
        round_id=consultation_round.id,
        round_code=consultation_round.code,
        round_title=french(consultation_round.title),
        forms=forms,
        questions=_questions(instant, consultation_round.id, forms),
        selection=selection,
    )


def french(text: Mapping[str, str] | None) -> str:
    """Return the French of a localized text."""
    return localized(text, DEFAULT_LOCALE)


def _forms(instant: Session, selected: sa.ColumnElement[bool]) -> list[AskedForm]:
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
        AskedForm(id_, code or TOOL, french(title), french(axis), version)
        for id_, code, title, axis, version in rows
    ]


def _questions(instant: Session, round_id: int, forms: Sequence[AskedForm]) -> list[AskedQuestion]:
    place = {form.id: number for number, form in enumerate(forms)}
    options = _options(instant, round_id)
    versions = _versions(instant, round_id)
    rows = instant.execute(
        sa.select(Question).join(Questionnaire).where(Questionnaire.round_id == round_id)
    ).scalars()
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
            label=french(question.label),
            settings=question.settings,
            condition=question.condition,
            options=options.get(question.id, {}),
        )
        for question in asked
    ]


def _options(instant: Session, round_id: int) -> dict[int, dict[str, str]]:
    rows = instant.execute(
        sa.select(Option.question_id, Option.code, Option.label)
        .join(Question, Question.id == Option.question_id)
        .join(Questionnaire)
        .where(Questionnaire.round_id == round_id)
        .order_by(Option.question_id, Option.position)
    )
    options: dict[int, dict[str, str]] = {}
    for question_id, code, label in rows:
        options.setdefault(question_id, {})[code] = french(label)
    return options


def _versions(instant: Session, round_id: int) -> dict[int, AskedVersion]:
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
        id_: AskedVersion(id_, code, number, french(label)) for id_, code, number, label in rows
    }
