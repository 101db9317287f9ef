"""What is reported of a measure, in words: its indicators, the questions that are counted."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import Localized
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.kinds import KINDS
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
COUNTED = (
    QuestionKind.SINGLE_CHOICE,
    QuestionKind.YES_NO,
    QuestionKind.MULTIPLE_CHOICE,
    QuestionKind.SCALE,
)
TOO_TELLING = (QuestionKind.NUMBER, QuestionKind.DATE)
"""What has no public figure: a number or a day is often that of one body, and would name it."""


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
    is_several: bool = False
    """Whether one response may choose several values, so that they do not add up."""
    is_required: bool = False

    @property
    def key(self) -> str:
        """What stands for it in the figures; no code holds a colon."""
        return f"{self.indicator}:{self.code}" if self.indicator else self.code

    def key_of(self, value: str) -> str:
        """What stands in the figures for one of several values: chosen or not, it is a question."""
        return f"{self.key}={value}"

    @property
    def is_crossed(self) -> bool:
        """Whether it is told by capacity.

        Not where each response had to choose at least one of several: who knows that could work
        out the few of a capacity from how often its people chose the other values.  And of all
        responses, such values are shown all of them or not at all.
        """
        return not (self.is_several and self.is_required)


@dataclass
class Reported:
    """All that is reported of a measure, or of the tool when `measure` is None."""

    measure: Measure | None
    title: Localized
    indicators: dict[str, Localized] = field(default_factory=dict)
    questions: dict[tuple[str | None, str], ReportedQuestion] = field(default_factory=dict)
    unpublished: dict[tuple[str | None, str], Localized] = field(default_factory=dict)
    """The labels of what was asked and is `TOO_TELLING`."""
    depending: dict[tuple[str | None, str], Localized] = field(default_factory=dict)
    """The labels of what is counted, and was asked of those only who answered so elsewhere."""
    depending_sides: set[TallySide] = field(default_factory=set)
    sides: dict[TallySide, dict[str, Localized]] = field(
        default_factory=lambda: {side: {} for side in SIDES.values()}
    )

    def public(self) -> "Reported":
        """Return what of it may have public figures.

        How many answered a question that depends on another says how many had chosen what it
        depends on, which may be a count that is hidden.
        """
        return replace(
            self,
            questions={k: one for k, one in self.questions.items() if k not in self.depending},
            sides={k: one for k, one in self.sides.items() if k not in self.depending_sides},
        )


def reported(
    session: Session, round_id: int, measures: Collection[int | None] | None = None
) -> dict[int | None, Reported]:
    """Return what a round asked, by measure (None: the tool) in the plan's order.

    Of several versions of a form, the words are those of the last; at most six queries.
    """
    found: dict[int | None, Reported] = {}
    for form in session.scalars(_with_questions(_forms(round_id, measures))):
        known = found.get(form.measure_id)
        one = found[form.measure_id] = Reported(form.measure, form.title)
        for question in form.questions:
            _report(one, question)
        if known is not None:
            _keep_earlier(one, known)
    return found


def measures_asked(
    session: Session, round_id: int, measures: Collection[int | None] | None = None
) -> dict[int | None, Measure | None]:
    """Return the measures that a round asked about, as `reported` does; in one query."""
    forms = _forms(round_id, measures).options(joinedload(Questionnaire.measure))
    return {form.measure_id: form.measure for form in session.scalars(forms)}


def _with_questions(forms: sa.Select[Questionnaire]) -> sa.Select[Questionnaire]:
    versions = selectinload(Questionnaire.questions).joinedload(Question.indicator_version)
    return forms.options(
        joinedload(Questionnaire.measure).joinedload(Measure.axis),
        selectinload(Questionnaire.questions).selectinload(Question.options),
        versions.joinedload(IndicatorVersion.indicator),
    )


def _forms(round_id: int, measures: Collection[int | None] | None) -> sa.Select[Questionnaire]:
    return (
        sa.select(Questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(
            Questionnaire.round_id == round_id,
            Questionnaire.published_at.is_not(None),
            *of_measures(measures),
        )
        .order_by(Measure.id.is_(None), Measure.position, Measure.id, Questionnaire.version)
    )


def _report(one: Reported, question: Question) -> None:
    labels = {option.code: option.label for option in question.options}
    side = SIDES.get(question.destination)
    if side:
        one.sides[side] |= labels
        if question.condition:
            one.depending[None, question.code] = question.label
            one.depending_sides.add(side)
    if question.destination is not Destination.ANSWER:
        return
    version = question.indicator_version
    indicator = version.indicator.code if version else None
    if question.kind in TOO_TELLING:
        one.unpublished[indicator, question.code] = question.label
    if question.kind not in COUNTED:
        return
    if question.condition:
        one.depending[indicator, question.code] = question.label
    if version and indicator:
        one.indicators[indicator] = version.label
    ends = question.settings.get("minimum"), question.settings.get("maximum")
    is_rated = question.kind is QuestionKind.SCALE and ends == (LOWEST, HIGHEST)
    one.questions[indicator, question.code] = ReportedQuestion(
        version.indicator_id if version else None,
        indicator,
        question.code,
        question.label,
        {**(THIRDS if is_rated else _steps(question)), **_offered(question, labels)},
        is_rated,
        is_scale=question.kind is QuestionKind.SCALE,
        is_several=question.kind is QuestionKind.MULTIPLE_CHOICE,
        is_required=question.is_required,
    )


def _offered(question: Question, labels: Mapping[str, Localized]) -> Mapping[str, Localized]:
    """Return the options that can be chosen: a statement to tick has no « no »."""
    never = KINDS[question.kind].never_sent(question.settings)
    return {code: label for code, label in labels.items() if code not in never}


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
    one.unpublished = earlier.unpublished | one.unpublished
    one.depending = earlier.depending | one.depending
    one.depending_sides |= earlier.depending_sides
    for key, question in earlier.questions.items():
        last = one.questions.get(key)
        kept = last or question
        is_rated = kept.is_rated and question.is_rated
        values = {**_one_by_one(question, is_rated), **_one_by_one(kept, is_rated)}
        one.questions[key] = replace(
            kept,
            values=values,
            is_rated=is_rated,
            is_several=kept.is_several or question.is_several,
            is_required=kept.is_required or question.is_required,
        )


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
