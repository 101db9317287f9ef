"""What is reported of a measure, in words: its indicators, the questions that are counted."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import Localized
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.models import (
    Destination,
    Question,
    QuestionKind,
    Questionnaire,
)
from consultation.results.cells import of_measures
from consultation.results.consensus import HIGHEST, LOWEST
from consultation.results.models import TallySide

LOW, MIDDLE, HIGH = "low", "middle", "high"
THIRDS: Mapping[str, Localized] = {
    LOW: {"fr": "1 à 3", "en": "1 to 3"},
    MIDDLE: {"fr": "4 à 6", "en": "4 to 6"},
    HIGH: {"fr": "7 à 9", "en": "7 to 9"},
}
"""The three parts of a scale from 1 to 9: its notes are not published one by one."""

SIDES = {Destination.CAPACITY: TallySide.CAPACITY, Destination.TERRITORY: TallySide.TERRITORY}
COUNTED = (QuestionKind.SINGLE_CHOICE, QuestionKind.SCALE)


@dataclass(frozen=True)
class ReportedQuestion:
    """One question, whatever the version of the form; `values` are labels by code."""

    indicator_id: int | None
    indicator: str | None
    code: str
    label: Localized
    values: Mapping[str, Localized]
    is_rated: bool
    """Whether it is answered on the scale from 1 to 9, and told by the thirds of it."""
    is_scale: bool = False

    @property
    def key(self) -> str:
        """What stands for it in the figures; no code holds a colon."""
        return f"{self.indicator}:{self.code}" if self.indicator else self.code


@dataclass
class Reported:
    """All that is reported of a measure, or of the tool when `measure` is None."""

    measure: Measure | None
    title: Localized
    indicators: dict[str, Localized] = field(default_factory=dict)
    questions: dict[tuple[str | None, str], ReportedQuestion] = field(default_factory=dict)
    sides: dict[TallySide, dict[str, Localized]] = field(
        default_factory=lambda: {side: {} for side in SIDES.values()}
    )


def reported(
    session: Session, round_id: int, measures: Collection[int | None] | None = None
) -> dict[int | None, Reported]:
    """Return what a round asked, by measure (None: the tool) in the plan's order.

    Of several versions of a form, the words are those of the last; at most six queries.
    """
    found: dict[int | None, Reported] = {}
    for form in session.scalars(_forms(round_id, measures)):
        known = found.get(form.measure_id)
        one = found[form.measure_id] = Reported(form.measure, form.title)
        for question in form.questions:
            _report(one, question)
        if known is not None:
            _keep_earlier(one, known)
    return found


def _forms(round_id: int, measures: Collection[int | None] | None) -> sa.Select[Questionnaire]:
    versions = selectinload(Questionnaire.questions).joinedload(Question.indicator_version)
    return (
        sa.select(Questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(
            Questionnaire.round_id == round_id,
            Questionnaire.published_at.is_not(None),
            *of_measures(measures),
        )
        .options(
            joinedload(Questionnaire.measure).joinedload(Measure.axis),
            selectinload(Questionnaire.questions).selectinload(Question.options),
            versions.joinedload(IndicatorVersion.indicator),
        )
        .order_by(Measure.id.is_(None), Measure.position, Measure.id, Questionnaire.version)
    )


def _report(one: Reported, question: Question) -> None:
    labels = {option.code: option.label for option in question.options}
    if question.destination in SIDES:
        one.sides[SIDES[question.destination]] |= labels
    if question.destination is not Destination.ANSWER or question.kind not in COUNTED:
        return
    version = question.indicator_version
    indicator = version.indicator.code if version else None
    if version and indicator:
        one.indicators[indicator] = version.label
    ends = question.settings.get("minimum"), question.settings.get("maximum")
    is_rated = question.kind is QuestionKind.SCALE and ends == (LOWEST, HIGHEST)
    one.questions[indicator, question.code] = ReportedQuestion(
        version.indicator_id if version else None,
        indicator,
        question.code,
        question.label,
        {**(THIRDS if is_rated else _steps(question)), **labels},
        is_rated,
        question.kind is QuestionKind.SCALE,
    )


def _steps(question: Question) -> Mapping[str, Localized]:
    if question.kind is not QuestionKind.SCALE:
        return {}
    steps = range(question.settings["minimum"], question.settings["maximum"] + 1)
    return {str(step): {"fr": str(step)} for step in steps}


def _keep_earlier(one: Reported, earlier: Reported) -> None:
    """Keep what an earlier version of the form asked and the last one does not."""
    one.indicators = one.indicators | {
        code: label for code, label in earlier.indicators.items() if code not in one.indicators
    }
    for side, labels in earlier.sides.items():
        one.sides[side] |= {k: v for k, v in labels.items() if k not in one.sides[side]}
    for key, question in earlier.questions.items():
        last = one.questions.get(key)
        kept = last or question
        is_rated = kept.is_rated and question.is_rated
        values = {**_one_by_one(question, is_rated), **_one_by_one(kept, is_rated)}
        one.questions[key] = replace(kept, values=values, is_rated=is_rated)


def _one_by_one(question: ReportedQuestion, is_rated: bool) -> Mapping[str, Localized]:
    """Return the values, the thirds taken apart where another version has another scale."""
    if is_rated or not question.is_rated:
        return question.values
    notes: dict[str, Localized] = {
        str(note): {"fr": str(note)} for note in range(LOWEST, HIGHEST + 1)
    }
    return notes | {code: label for code, label in question.values.items() if code not in THIRDS}


def in_order(one: Reported) -> Sequence[ReportedQuestion]:
    """Return the questions, those of each indicator together and those of the measure last."""
    by_indicator: dict[str | None, list[ReportedQuestion]] = defaultdict(list)
    for question in one.questions.values():
        by_indicator[question.indicator].append(question)
    return [question for code in [*one.indicators, None] for question in by_indicator.get(code, ())]
