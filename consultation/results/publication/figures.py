"""Figures of a measure: its questions, and tallies as cells to disclose or not."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import Localized
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination, Question, QuestionKind, Questionnaire
from consultation.results.consensus import HIGH as HIGH_NOTES
from consultation.results.consensus import HIGHEST, LOWEST
from consultation.results.consensus import LOW as LOW_NOTES
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.publication.disclosure import NO_ANSWER, TOTAL, Cell
from consultation.results.tallies import queries as counted
from consultation.results.tallies.queries import ANSWERED, RESPONSES, Cells, of_measures

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


CROSSED = TallySide.CAPACITY
"""The side by which questions are crossed in public; by territory, nearly all would be hidden."""
CHOSEN = "chosen"
"""The value of each of several values that were chosen; `NO_ANSWER` that of who did not."""


@dataclass(frozen=True)
class Figures:
    """Counts by cell, and for each question on a scale how often each note."""

    counts: Mapping[Cell, int]
    notes: Mapping[str, Mapping[int, int]]
    together: Sequence[Collection[Cell]] = ()
    """The cells of each question of which every response had to choose at least one value."""


Said = Mapping[tuple[str, str], Mapping[tuple[int | None, str], Mapping[str, int]]]


def figures_of(reported: Reported, cells: Cells) -> Figures:
    """Return the figures of a measure from the cells that were counted of it."""
    said = _said(cells)
    counts = {TOTAL: _responses(said, TallySide.ALL, "")}
    for side, labels in reported.sides.items():
        found = [code for of, code in said if of == side and code not in labels]
        for code in [*labels, *sorted(found)]:
            counts[side.value, code] = _responses(said, side, code)
    codes = [cell[1] for cell in counts if cell and cell[0] == CROSSED.value]
    notes = {}
    for question in in_order(reported):
        counted = _several if question.is_several else _distribution
        counts |= counted(said, question, TallySide.ALL, "")
        for code in codes if question.is_crossed else ():
            counts |= counted(said, question, CROSSED, code)
        if question.is_scale:
            notes[question.key] = _notes(_values(said, question, TallySide.ALL, ""))
    return Figures(counts, notes, [_cells_of(one, counts) for one in _bound(reported)])


def _bound(reported: Reported) -> list[ReportedQuestion]:
    return [one for one in in_order(reported) if not one.is_crossed]


def _cells_of(question: ReportedQuestion, counts: Iterable[Cell]) -> list[Cell]:
    start = question.key_of("")
    return [cell for cell in counts if len(cell) == 2 and cell[0].startswith(start)]


def stored_cells(
    session: Session, round_id: int, measure_id: int | None, sides: Iterable[TallySide]
) -> Cells:
    """Return the cells of a measure as the worker keeps them counted.  One query."""
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


def _said(cells: Cells) -> Said:
    said: dict[tuple[str, str], dict[tuple[int | None, str], dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for cell, count in cells.items():
        said[cell.side, cell.side_code][cell.indicator_id, cell.question][cell.value] = count
    return said


def _responses(said: Said, side: TallySide, code: str) -> int:
    return said.get((side, code), {}).get((None, RESPONSES), {}).get(ANSWERED, 0)


def _values(
    said: Said, question: ReportedQuestion, side: TallySide, code: str
) -> Mapping[str, int]:
    return said.get((side, code), {}).get((question.indicator_id, question.code), {})


def _distribution(
    said: Said, question: ReportedQuestion, side: TallySide, code: str
) -> dict[Cell, int]:
    """Return how often each value was given, those without an answer being one of them."""
    counts: Counter[str] = Counter(dict.fromkeys(question.values, 0))
    for value, count in _values(said, question, side, code).items():
        if value != ANSWERED:
            counts[_third(value) if question.is_rated else value] += count
    counts[NO_ANSWER] = _responses(said, side, code) - counts.total()
    of_side = _of_side(side, code)
    return {(question.key, value, *of_side): count for value, count in counts.items()}


def _several(said: Said, question: ReportedQuestion, side: TallySide, code: str) -> dict[Cell, int]:
    """Return how many chose each value and how many did not, as of as many questions.

    Who answered at all is not counted: with how often the other values were chosen, it would say
    of a hidden one how often at least.
    """
    responses, of_side = _responses(said, side, code), _of_side(side, code)
    by_value = _values(said, question, side, code)
    counts: dict[Cell, int] = {}
    for value in {**question.values, **dict.fromkeys(by_value)}:
        if value != ANSWERED:
            key, chosen = question.key_of(value), by_value.get(value, 0)
            counts[key, CHOSEN, *of_side] = chosen
            counts[key, NO_ANSWER, *of_side] = responses - chosen
    return counts


def _of_side(side: TallySide, code: str) -> tuple[str, ...]:
    return (side.value, code) if side is not TallySide.ALL else ()


def _notes(by_value: Mapping[str, int]) -> Mapping[int, int]:
    return {int(value): count for value, count in by_value.items() if value.isdecimal()}


def _third(value: str) -> str:
    if not value.isdecimal():
        return value
    note = int(value)
    return LOW if note in LOW_NOTES else HIGH if note in HIGH_NOTES else MIDDLE
