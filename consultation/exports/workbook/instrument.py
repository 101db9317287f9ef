"""Survey instrument of a round: its questionnaires as dataclasses, loaded in four queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import EVERYTHING, TOOL, Selection
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.plan.overview.evaluation import is_evaluated
from consultation.questionnaires.kinds import KINDS, part_code, question_of
from consultation.questionnaires.models import (
    Destination,
    Option,
    Question,
    QuestionKind,
    Questionnaire,
    Round,
)
from consultation.responses.models import Response


@dataclass(frozen=True)
class AskedForm:
    """One published version of the form of a measure, or of the tool (`measure` is `TOOL`)."""

    id: int
    measure: str
    title: str
    axis: str
    version: int


@dataclass(frozen=True)
class AskedVersion:
    """One wording of the indicator `code`."""

    id: int
    code: str
    number: int
    label: str


@dataclass(frozen=True)
class AskedIndicator:
    """An indicator: the measure that last asked about it, and its wordings, the latest last."""

    code: str
    measure: str
    versions: Sequence[AskedVersion]


@dataclass(frozen=True)
class AskedQuestion:
    """One question of one form, or one row of a matrix; `options` are labels by code."""

    id: int
    form: AskedForm
    version: AskedVersion | None
    code: str
    kind: QuestionKind
    destination: Destination
    label: str
    settings: Mapping[str, Any]
    condition: Mapping[str, Any] | None
    options: Mapping[str, str]
    row_code: str = ""
    """The row that it is, of a matrix; its `code` then is that of the question and of the row."""

    @property
    def ends(self) -> tuple[int, int] | None:
        """The lowest and the highest note of a scale; None where the question is none."""
        steps = KINDS[self.kind].steps(self.settings)
        return (steps[0], steps[-1]) if steps else None


@dataclass(frozen=True)
class Group:
    """The questions of one code, or of one column of the respondent; the last names the column."""

    questions: Sequence[AskedQuestion]

    @property
    def code(self) -> str:
        """The code that all questions share, or that of the first one."""
        return self.questions[0].code

    @property
    def question_code(self) -> str:
        """The code of the question as organisers chose it."""
        return question_of(self.code)

    @cached_property
    def last(self) -> AskedQuestion:
        """The question in its latest wording."""
        return max(self.questions, key=lambda question: question.id)

    @property
    def takes_a_text(self) -> bool:
        return KINDS[self.last.kind].is_text

    @cached_property
    def ends(self) -> frozenset[tuple[int, int] | None]:
        """The ends of every scale of the group; None stands for a question without a scale.

        Cached, since each cell of a crossed table reads it.
        """
        return frozenset(question.ends for question in self.questions)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The latest label of every option that was ever offered, by code."""
        labels: dict[str, str] = {}
        for question in sorted(self.questions, key=lambda question: -question.id):
            for code, label in question.options.items():
                labels.setdefault(code, label)
        return labels


@dataclass(frozen=True)
class RoundInstrument:
    """The published forms and questions of a round, as far as they are selected."""

    round_id: int
    round_code: str
    round_title: str
    forms: Sequence[AskedForm]
    questions: Sequence[AskedQuestion]
    selection: Selection = EVERYTHING
    number_by_response: Mapping[int, int] = field(default_factory=dict)
    """Replaces receipt codes in an anonymised workbook; a number of this workbook only."""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    document_url: str | None = None
    is_evaluated: bool = True
    """Whether the site evaluates its plan; where not, no sheet has values or judgements."""

    @property
    def included(self) -> sa.ColumnElement[bool]:
        """The condition that a response is in the workbook; needs a join to `Questionnaire`."""
        return self.selection.includes(self.round_id)

    @property
    def is_anonymised(self) -> bool:
        return self.selection.is_anonymised

    def reference(self, response_id: int, receipt_code: str) -> str | int:
        """Return the receipt code or number that is in every row of a response."""
        return self.number_by_response[response_id] if self.is_anonymised else receipt_code

    @cached_property
    def form_by_id(self) -> dict[int, AskedForm]:
        return {form.id: form for form in self.forms}

    @cached_property
    def question_by_id(self) -> dict[int, AskedQuestion]:
        return {question.id: question for question in self.questions}

    @cached_property
    def versions(self) -> dict[int, AskedVersion]:
        """The wordings of indicators that a question is about, by id."""
        return {
            question.version.id: question.version for question in self.questions if question.version
        }

    @cached_property
    def indicators(self) -> list[AskedIndicator]:
        """The indicators that a question is about, in the order of the forms."""
        by_code: dict[str, list[AskedQuestion]] = {}
        for question in self.questions:
            if question.version is not None:
                by_code.setdefault(question.version.code, []).append(question)
        return [_indicator(code, questions) for code, questions in by_code.items()]

    def latest_forms(self) -> list[AskedForm]:
        """Return the last form of each measure in the order of the plan, the tool's at the end."""
        return list({form.measure: form for form in self.forms}.values())

    def groups(self, *, about_indicators: bool) -> list[Group]:
        """Return the questions stored as answers, by code, in the order of the forms."""
        return _grouped(
            question
            for question in self.questions
            if question.destination is Destination.ANSWER
            and (question.version is not None) is about_indicators
        )

    def group_for(self, destination: Destination) -> Group | None:
        """Return the questions, of any code, that fill a column of the respondent; None without."""
        questions = tuple(it for it in self.questions if it.destination is destination)
        return Group(questions) if questions else None

    def labels_for(self, destination: Destination) -> dict[str, str]:
        """Return the labels by code of the options that fill a column of the respondent."""
        group = self.group_for(destination)
        return group.labels if group else {}


def _indicator(code: str, questions: Sequence[AskedQuestion]) -> AskedIndicator:
    latest = max(questions, key=lambda question: question.id)
    versions = {question.version for question in questions if question.version}
    return AskedIndicator(
        code, latest.form.measure, tuple(sorted(versions, key=lambda version: version.number))
    )


def _grouped(questions: Iterable[AskedQuestion]) -> list[Group]:
    by_code: dict[str, list[AskedQuestion]] = {}
    for question in questions:
        by_code.setdefault(question.code, []).append(question)
    return [Group(tuple(of_code)) for of_code in by_code.values()]


TRIAL_CODE, TRIAL_TITLE = "essai-", "Essai : "
"""Before the code and the title of a round that is tried out, in files and their names."""


def load_instrument(
    snapshot: Session, consultation_round: Round, selection: Selection = EVERYTHING
) -> RoundInstrument:
    """Load the selected forms, questions and options of a round, in four queries."""
    locale, is_trial = selection.locale, consultation_round.is_trial
    title = localized(consultation_round.title, DEFAULT_LOCALE)
    forms = _forms(snapshot, selection.forms(consultation_round.id), locale)
    return RoundInstrument(
        round_id=consultation_round.id,
        round_code=f"{TRIAL_CODE if is_trial else ''}{consultation_round.code}",
        round_title=f"{TRIAL_TITLE if is_trial else ''}{title}",
        forms=forms,
        questions=_questions(snapshot, consultation_round.id, forms, locale),
        selection=selection,
        number_by_response=_numbers(snapshot, consultation_round.id, selection),
        opens_at=consultation_round.opens_at,
        closes_at=consultation_round.closes_at,
        document_url=consultation_round.document_url,
        is_evaluated=is_evaluated(snapshot),
    )


def _numbers(snapshot: Session, round_id: int, selection: Selection) -> dict[int, int]:
    """Number the responses of an anonymised workbook."""
    if not selection.is_anonymised:
        return {}
    ids = snapshot.scalars(
        sa.select(Response.id)
        .join(Response.questionnaire)
        .where(selection.includes(round_id))
        .order_by(Response.id)
    )
    return {id_: number for number, id_ in enumerate(ids, start=1)}


def _forms(snapshot: Session, selected: sa.ColumnElement[bool], locale: str) -> list[AskedForm]:
    rows = snapshot.execute(
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


# Entities would load their options too, with ten times the memory.
_COLUMNS = (
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


def _questions(
    snapshot: Session, round_id: int, forms: Sequence[AskedForm], locale: str
) -> list[AskedQuestion]:
    place = {form.id: number for number, form in enumerate(forms)}
    options = _options(snapshot, round_id, locale)
    versions = _versions(snapshot, round_id, locale)
    rows = snapshot.execute(
        sa.select(*_COLUMNS).join(Questionnaire).where(Questionnaire.round_id == round_id)
    )
    selected = [row for row in rows if row.questionnaire_id in place]
    selected.sort(key=lambda row: (place[row.questionnaire_id], row.position))
    return [
        part
        for row in selected
        for part in _parts(
            AskedQuestion(
                id=row.id,
                form=forms[place[row.questionnaire_id]],
                version=versions.get(row.indicator_version_id or 0),
                code=row.code,
                kind=row.kind,
                destination=row.destination,
                label=localized(row.label, locale),
                settings=row.settings,
                condition=row.condition,
                options=options.get(row.id, {}),
            ),
            locale,
        )
    ]


def _parts(question: AskedQuestion, locale: str) -> list[AskedQuestion]:
    """Return the rows of a matrix, each as a question; any other question as it is."""
    rows = KINDS[question.kind].rows(question.settings)
    return [
        replace(
            question,
            code=part_code(question.code, row),
            label=f"{question.label} – {localized(label, locale)}",
            row_code=row,
        )
        for row, label in rows.items()
    ] or [question]


def _options(snapshot: Session, round_id: int, locale: str) -> dict[int, dict[str, str]]:
    rows = snapshot.execute(
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


def _versions(snapshot: Session, round_id: int, locale: str) -> dict[int, AskedVersion]:
    asked_about = (
        sa.select(Question.indicator_version_id)
        .join(Questionnaire)
        .where(Questionnaire.round_id == round_id)
    )
    rows = snapshot.execute(
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
