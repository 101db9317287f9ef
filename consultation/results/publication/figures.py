"""Figures of a measure: its reported questions, and the counts of their answers.

The counts are cells of disclosure control.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import Localized, localized
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.kinds import KINDS, part_code
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.results.consensus import HIGH as HIGH_NOTES
from consultation.results.consensus import HIGHEST, LOWEST
from consultation.results.consensus import LOW as LOW_NOTES
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.publication.disclosure import NO_ANSWER, TOTAL, Cell, TwoClasses
from consultation.results.tallies import queries as counted
from consultation.results.tallies.queries import (
    ANSWERED,
    RESPONSES,
    STANCE,
    WORDING,
    Cells,
    of_measures,
)
from consultation.web.locale import in_each_language

LOW, MIDDLE, HIGH = "low", "middle", "high"
THIRDS: Mapping[str, Localized] = {
    LOW: in_each_language("1 à 3"),
    MIDDLE: in_each_language("4 à 6"),
    HIGH: in_each_language("7 à 9"),
}
"""Thirds of a scale from 1 to 9, whose notes are not published one by one."""

KEEP, TO_CHANGE, NO_OPINION = "keep", ("amend", "replace", "drop"), "none"
"""Values of the stance on an indicator; the first two are published as classes."""

SIDES = {Destination.CAPACITY: TallySide.CAPACITY, Destination.TERRITORY: TallySide.TERRITORY}


@dataclass(frozen=True)
class ReportedQuestion:
    """One question over all versions of the form; `values` are labels by code."""

    indicator_id: int | None
    indicator: str | None
    code: str
    label: Localized
    values: Mapping[str, Localized]
    is_rated: bool
    """Whether its scale is from 1 to 9, reported by thirds."""
    is_scale: bool = False
    is_several: bool = False
    """Whether one response may choose several values, so that they do not add up."""
    is_required: bool = False
    is_ranked: bool = False
    """Whether it is a ranking: its counts are of the values put first."""

    @property
    def key(self) -> str:
        """Its name in cells; no code has a colon."""
        return f"{self.indicator}:{self.code}" if self.indicator else self.code

    def key_of(self, value: str) -> str:
        """Return the name of one value of several, a question by itself: in cells, or of places."""
        return f"{self.key}={value}"

    @property
    def classes(self) -> TwoClasses | None:
        """The classes of a stance on an indicator; None for any other question."""
        is_stance = bool(self.indicator) and self.code == STANCE and not self.is_several
        has_both = KEEP in self.values and not self.values.keys().isdisjoint(TO_CHANGE)
        return TwoClasses(self.key, KEEP, TO_CHANGE) if is_stance and has_both else None

    @property
    def has_classes_only(self) -> bool:
        """Whether each value but « no opinion » is of a class."""
        return not self.values.keys() - {KEEP, *TO_CHANGE, NO_OPINION}

    @property
    def is_crossed(self) -> bool:
        """Whether it is reported by capacity.

        Not where each response had to choose at least one of several values: the counts of the
        other values would then reveal the few of a capacity.  Of all responses, such values are
        published together or not at all.
        """
        return not (self.is_several and self.is_required)


@dataclass
class Report:
    """The reported questions of a measure, or of the tool where `measure` is None."""

    measure: Measure | None
    title: Localized
    indicators: dict[str, Localized] = field(default_factory=dict)
    """The wordings of the last version of the form, by code."""
    wordings: dict[str, dict[int, Localized]] = field(default_factory=dict)
    """All that were asked about, by code and number of the version."""
    others: dict[str, Sequence[Localized]] = field(default_factory=dict)
    """Those that some answers are about, beside the one of `indicators`."""
    questions: dict[tuple[str | None, str], ReportedQuestion] = field(default_factory=dict)
    unpublished: dict[tuple[str | None, str], Localized] = field(default_factory=dict)
    """Labels of the questions whose answers identify."""
    depending: dict[tuple[str | None, str], Localized] = field(default_factory=dict)
    """Labels of the counted questions with a condition on another answer."""
    depending_sides: set[TallySide] = field(default_factory=set)
    sides: dict[TallySide, dict[str, Localized]] = field(
        default_factory=lambda: {side: {} for side in SIDES.values()}
    )

    def worded(self, cells: Cells) -> "Report":
        """Return the report with each indicator in the wording that most answers are about."""
        codes = {it.indicator_id: it.indicator for it in self.questions.values() if it.indicator}
        answered: dict[str, Counter[int]] = defaultdict(Counter)
        for cell, count in cells.items():
            if cell.indicator_id in codes and cell.question == WORDING:
                answered[codes[cell.indicator_id]][int(cell.value)] += count
        indicators = dict(self.indicators)
        others: dict[str, Sequence[Localized]] = {}
        for code, by_number in answered.items():
            first, *rest = sorted(by_number, key=lambda it: (-by_number[it], it))
            indicators[code] = self.wordings[code][first]
            others[code] = [self.wordings[code][number] for number in rest]
        return replace(self, indicators=indicators, others=others)

    def public(self) -> "Report":
        """Return the part that may have public figures, without conditional questions.

        The number of answers to one is the number of choices that it depends on, which may be
        hidden.
        """
        return replace(
            self,
            questions={k: v for k, v in self.questions.items() if k not in self.depending},
            sides={k: v for k, v in self.sides.items() if k not in self.depending_sides},
        )


def load_reports(
    session: Session, round_id: int, measures: Collection[int | None] | None = None
) -> dict[int | None, Report]:
    """Load the reported questions of a round by measure (None: the tool), in the plan's order.

    The labels are those of the last version of each form; `Report.worded` has the indicators in
    the wordings that were answered.  At most six queries.
    """
    by_measure: dict[int | None, Report] = {}
    for form in session.scalars(_with_questions(_forms(round_id, measures))):
        earlier = by_measure.get(form.measure_id)
        report = by_measure[form.measure_id] = Report(form.measure, form.title)
        for question in form.questions:
            _add_question(report, question)
        if earlier is not None:
            _merge_earlier(report, earlier)
    return by_measure


def measures_in(
    session: Session, round_id: int, measures: Collection[int | None] | None = None
) -> dict[int | None, Measure | None]:
    """Return the measures with a form in a round, in the plan's order; one query."""
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


def _add_question(report: Report, question: Question) -> None:
    labels = {option.code: option.label for option in question.options}
    side = SIDES.get(question.destination)
    if side:
        report.sides[side] |= labels
        if question.condition:
            report.depending[None, question.code] = question.label
            report.depending_sides.add(side)
    if question.destination is not Destination.ANSWER:
        return
    version = question.indicator_version
    indicator = version.indicator.code if version else None
    kind = KINDS[question.kind]
    if kind.is_identifying:
        report.unpublished[indicator, question.code] = question.label
    if not kind.is_counted:
        return
    parts = _parts(question)
    if question.condition:
        report.depending |= {(indicator, code): label for code, label in parts.items()}
    if version and indicator:
        report.indicators[indicator] = version.label
        report.wordings.setdefault(indicator, {})[version.number] = version.label
    report.questions |= {
        (indicator, code): _reported(question, labels, code, label) for code, label in parts.items()
    }


def _reported(
    question: Question, labels: Mapping[str, Localized], code: str, label: Localized
) -> ReportedQuestion:
    version, kind = question.indicator_version, KINDS[question.kind]
    steps = kind.steps(question.settings)
    is_rated = steps == range(LOWEST, HIGHEST + 1)
    notes = THIRDS if is_rated else {str(step): {"fr": str(step)} for step in steps}
    return ReportedQuestion(
        version.indicator_id if version else None,
        version.indicator.code if version else None,
        code,
        label,
        {**notes, **_offered(question, labels)},
        is_rated,
        is_scale=bool(steps),
        is_several=kind.takes_several,
        is_required=question.is_required,
        is_ranked=kind.is_ranked,
    )


def _parts(question: Question) -> Mapping[str, Localized]:
    """Return the labels of the parts that are counted: the rows of a matrix, else the question."""
    rows = KINDS[question.kind].rows(question.settings)
    return {
        part_code(question.code, row): _with_row(question.label, label)
        for row, label in rows.items()
    } or {question.code: question.label}


def _with_row(question: Localized, row: Localized) -> Localized:
    """Return the label of a row with that of its question, in each language of both."""
    return {
        tag: f"{localized(question, tag)} – {localized(row, tag)}" for tag in {**question, **row}
    }


def _offered(question: Question, labels: Mapping[str, Localized]) -> Mapping[str, Localized]:
    """Return the options that can be chosen: a box to tick has no « no »."""
    never = KINDS[question.kind].never_sent(question.settings)
    return {code: label for code, label in labels.items() if code not in never}


def _merge_earlier(report: Report, earlier: Report) -> None:
    """Add what an earlier version of the form has and the last one does not."""
    report.indicators = report.indicators | {
        code: label for code, label in earlier.indicators.items() if code not in report.indicators
    }
    for code, by_number in earlier.wordings.items():
        report.wordings[code] = by_number | report.wordings.get(code, {})
    for side, labels in earlier.sides.items():
        report.sides[side] |= {k: v for k, v in labels.items() if k not in report.sides[side]}
    report.unpublished = earlier.unpublished | report.unpublished
    report.depending = earlier.depending | report.depending
    report.depending_sides |= earlier.depending_sides
    for key, question in earlier.questions.items():
        last = report.questions.get(key)
        kept = last or question
        is_rated = kept.is_rated and question.is_rated
        values = {**_one_by_one(question, is_rated), **_one_by_one(kept, is_rated)}
        report.questions[key] = replace(
            kept,
            values=values,
            is_rated=is_rated,
            is_several=kept.is_several or question.is_several,
            is_required=kept.is_required or question.is_required,
        )


def _one_by_one(question: ReportedQuestion, is_rated: bool) -> Mapping[str, Localized]:
    """Return the values; as single notes where another version has another scale."""
    if is_rated or not question.is_rated:
        return question.values
    notes: dict[str, Localized] = {
        str(note): {"fr": str(note)} for note in range(LOWEST, HIGHEST + 1)
    }
    return notes | {code: label for code, label in question.values.items() if code not in THIRDS}


def in_order(report: Report) -> Sequence[ReportedQuestion]:
    """Return the questions by indicator, those of the measure last."""
    by_indicator: dict[str | None, list[ReportedQuestion]] = defaultdict(list)
    for question in report.questions.values():
        by_indicator[question.indicator].append(question)
    return [
        question for code in [*report.indicators, None] for question in by_indicator.get(code, ())
    ]


CROSSED = TallySide.CAPACITY
"""The side that public questions are crossed by; by territory, nearly all would be hidden."""
CHOSEN = "chosen"
"""Value of a chosen value of a multiple choice; `NO_ANSWER` where it was not chosen."""


@dataclass(frozen=True)
class Figures:
    """Counts by cell; by note for each scale, by place for each value of a ranking."""

    counts: Mapping[Cell, int]
    notes: Mapping[str, Mapping[int, int]]
    together: Sequence[Collection[Cell]] = ()
    """Cells of each multiple choice of which every response had to choose a value."""
    classed: Sequence[TwoClasses] = ()
    """Stances on indicators, published in two classes too."""


BySide = Mapping[tuple[str, str], Mapping[tuple[int | None, str], Mapping[str, int]]]


def figures_of(report: Report, cells: Cells) -> Figures:
    """Return the figures of a measure from its tally cells."""
    by_side = _by_side(cells)
    counts = {TOTAL: _responses(by_side, TallySide.ALL, "")}
    for side, labels in report.sides.items():
        others = [code for of, code in by_side if of == side and code not in labels]
        for code in [*labels, *sorted(others)]:
            counts[side.value, code] = _responses(by_side, side, code)
    codes = [cell[1] for cell in counts if cell and cell[0] == CROSSED.value]
    notes = {}
    for question in in_order(report):
        counted = _several if question.is_several else _distribution
        counts |= counted(by_side, question, TallySide.ALL, "")
        for code in codes if question.is_crossed else ():
            counts |= counted(by_side, question, CROSSED, code)
        if question.is_scale:
            notes[question.key] = _notes(_values(by_side, question, TallySide.ALL, ""))
        if question.is_ranked:
            notes |= _places(by_side, question)
    return Figures(
        counts,
        notes,
        [_cells_of(question, counts) for question in in_order(report) if not question.is_crossed],
        [question.classes for question in in_order(report) if question.classes],
    )


def _cells_of(question: ReportedQuestion, counts: Iterable[Cell]) -> list[Cell]:
    start = question.key_of("")
    return [cell for cell in counts if len(cell) == 2 and cell[0].startswith(start)]


def stored_cells(
    session: Session, round_id: int, measure_id: int | None, sides: Iterable[TallySide]
) -> Cells:
    """Return the cells of a measure as the worker has stored them; one query."""
    rows = session.execute(
        sa.select(
            Tally.measure_id, Tally.indicator_id, Tally.question, Tally.value, TALLY_SIDE,
            Tally.side_code, Tally.count,
        ).where(
            Tally.round_id == round_id,
            Tally.measure_id.is_(None) if measure_id is None else Tally.measure_id == measure_id,
            Tally.side.in_(list(sides)),
        )
    )  # fmt: skip
    return Counter({counted.Cell(*row[:-1]): row[-1] for row in rows})


def _by_side(cells: Cells) -> BySide:
    by_side: dict[tuple[str, str], dict[tuple[int | None, str], dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for cell, count in cells.items():
        by_side[cell.side, cell.side_code][cell.indicator_id, cell.question][cell.value] = count
    return by_side


def _responses(by_side: BySide, side: TallySide, code: str) -> int:
    return by_side.get((side, code), {}).get((None, RESPONSES), {}).get(ANSWERED, 0)


def _values(
    by_side: BySide, question: ReportedQuestion, side: TallySide, code: str
) -> Mapping[str, int]:
    return by_side.get((side, code), {}).get((question.indicator_id, question.code), {})


def _distribution(
    by_side: BySide, question: ReportedQuestion, side: TallySide, code: str
) -> dict[Cell, int]:
    """Return the counts of each value, `NO_ANSWER` included."""
    counts: Counter[str] = Counter(dict.fromkeys(question.values, 0))
    for value, count in _values(by_side, question, side, code).items():
        if value != ANSWERED:
            counts[_third(value) if question.is_rated else value] += count
    counts[NO_ANSWER] = _responses(by_side, side, code) - counts.total()
    of_side = _of_side(side, code)
    return {(question.key, value, *of_side): count for value, count in counts.items()}


def _several(
    by_side: BySide, question: ReportedQuestion, side: TallySide, code: str
) -> dict[Cell, int]:
    """Return how many chose each value and how many did not, each value being a question.

    The number of answers is left out: with the counts of the other values, it would reveal a
    lower bound of a hidden report.
    """
    responses, of_side = _responses(by_side, side, code), _of_side(side, code)
    by_value = _values(by_side, question, side, code)
    counts: dict[Cell, int] = {}
    for value in {**question.values, **dict.fromkeys(by_value)}:
        if value != ANSWERED:
            key, chosen = question.key_of(value), by_value.get(value, 0)
            counts[key, CHOSEN, *of_side] = chosen
            counts[key, NO_ANSWER, *of_side] = responses - chosen
    return counts


def _of_side(side: TallySide, code: str) -> tuple[str, ...]:
    return (side.value, code) if side is not TallySide.ALL else ()


def _places(by_side: BySide, question: ReportedQuestion) -> dict[str, Mapping[int, int]]:
    """Return how often each value of a ranking has each place."""
    everybody = by_side.get((TallySide.ALL, ""), {})
    return {
        question.key_of(value): _notes(
            everybody.get((question.indicator_id, part_code(question.code, value)), {})
        )
        for value in question.values
    }


def _notes(by_value: Mapping[str, int]) -> Mapping[int, int]:
    return {int(value): count for value, count in by_value.items() if value.isdecimal()}


def _third(value: str) -> str:
    if not value.isdecimal():
        return value
    note = int(value)
    return LOW if note in LOW_NOTES else HIGH if note in HIGH_NOTES else MIDDLE
