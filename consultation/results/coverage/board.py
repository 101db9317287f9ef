"""Coverage board: responses by measure, by capacity or territory, and by day."""

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.clock import in_paris
from consultation.i18n import Labelled
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination, Questionnaire, Round
from consultation.questionnaires.outline import store
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Draft, Respondent, Response
from consultation.responses.staff.queries import TOOL
from consultation.results.tallies.queries import counts_in
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

CountsByMeasure = Mapping[int | None, Mapping[str, int]]
"""Number of responses by measure (None: the tool) and by code of the side."""


class Side(Labelled):
    """The columns of the board, by their value in an address."""

    CAPACITY = "qualite", "qualités"
    TERRITORY = "territoire", "territoires"


class Order(enum.StrEnum):
    """The order of the board, by its value in an address."""

    LEAST_FIRST = "moins"
    PLAN = "plan"


COLUMN_OF: Mapping[Side, InstrumentedAttribute[str] | InstrumentedAttribute[str | None]] = {
    Side.CAPACITY: Respondent.capacity,
    Side.TERRITORY: Respondent.territory,
}
DESTINATION_OF = {
    Side.CAPACITY: Destination.CAPACITY,
    Side.TERRITORY: Destination.TERRITORY,
}
UNSAID = {Side.CAPACITY: "Non précisée", Side.TERRITORY: "Non précisé"}


@dataclass(frozen=True)
class Column:
    """A capacity or a territory; the empty `code` is that of respondents who gave none."""

    code: str
    label: str
    total: int


@dataclass(frozen=True)
class Row:
    """A measure, or the tool as a whole when `measure` is None; `counts` are by column."""

    measure: Measure | None
    counts: tuple[int, ...]
    is_asked: bool
    """Whether its form is open; a retired measure is listed if it has responses or drafts."""

    @property
    def key(self) -> str:
        """Its value in an address: the measure's code, or the tool."""
        return self.measure.code if self.measure else TOOL

    @property
    def measure_id(self) -> int | None:
        """The measure's id, None for the tool."""
        return self.measure.id if self.measure else None

    @property
    def total(self) -> int:
        """The number of its responses."""
        return sum(self.counts)


@dataclass(frozen=True)
class Board:
    """The responses of a round: measures in rows, capacities or territories in columns."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    side: Side

    @property
    def total(self) -> int:
        """The number of responses."""
        return sum(row.total for row in self.rows)

    @cached_property
    def least_covered(self) -> frozenset[str]:
        """The keys of the tenth of the open rows with the fewest responses, three or more."""
        open_rows = sorted((row for row in self.rows if row.is_asked), key=_least_first)
        return frozenset(row.key for row in open_rows[: max(FEWEST_OUTLINED, len(open_rows) // 10)])

    @property
    def empty_count(self) -> int:
        """How many cells of open forms have no response."""
        return sum(
            count == 0
            for row in self.rows
            if row.is_asked
            for column, count in zip(self.columns, row.counts, strict=True)
            if column.code
        )

    @property
    def cell_count(self) -> int:
        """How many cells of open forms there are."""
        open_rows = sum(row.is_asked for row in self.rows)
        return open_rows * sum(bool(column.code) for column in self.columns)

    @property
    def unheard(self) -> list[str]:
        """The labels of the columns without a response."""
        return [column.label for column in self.columns if column.code and not column.total]


FEWEST_OUTLINED = 3


def _least_first(row: Row) -> tuple[int, int]:
    return row.total, -row.counts.count(0)


def shades(threshold: int) -> list[tuple[int, int | None]]:
    """Return the counts from which and to which a cell has each shade, none first.

    The threshold of publication begins one.
    """
    steps = sorted({0, 1, -(-threshold // 2), threshold, 2 * threshold, 4 * threshold})
    ends: list[int | None] = [step - 1 for step in steps[1:]]
    return list(zip(steps, [*ends, None], strict=True))


def shade(count: int, shades: Sequence[tuple[int, int | None]]) -> int:
    """Return the place of the shade of a count."""
    return sum(first <= count for first, _last in shades) - 1


@needs(Permission.FOLLOW)
def board(work: Work, consultation_round: Round, side: Side, order: Order) -> Board:
    """Count the responses of a round; raise `NotAllowed`."""
    counted = _counted(work.session, consultation_round.id, COLUMN_OF[side])
    rows = _rows(work.session, consultation_round.id, counted)
    totals: Counter[str] = Counter()
    for by_code in counted.values():
        totals.update(by_code)
    columns = [
        Column(code, label, totals[code])
        for code, label in _labels(work.session, consultation_round, side, totals).items()
    ]
    if order is Order.LEAST_FIRST:
        columns.sort(key=lambda column: (not column.code, column.total))
    filled = [replace(row, counts=_counts(counted, row.measure_id, columns)) for row in rows]
    if order is Order.LEAST_FIRST:
        filled.sort(key=_least_first)
    return Board(columns, filled, side)


@needs(Permission.FOLLOW)
def proposed_count(work: Work, consultation_round: Round) -> int:
    """Count the responses of a round to measures that the site had proposed."""
    counted = (
        sa.select(sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .where(counts_in(consultation_round.id), Response.is_proposed)
    )
    return work.session.scalar(counted) or 0


@needs(Permission.FOLLOW)
def unheard(work: Work, consultation_round: Round, side: Side) -> list[str]:
    """Return the labels of a side without any response in a round; raise `NotAllowed`."""
    column = COLUMN_OF[side]
    codes = (
        sa.select(column)
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .where(counts_in(consultation_round.id))
        .distinct()
    )
    heard = set(work.session.scalars(codes))
    offered = _labels(work.session, consultation_round, side, ())
    return [label for code, label in offered.items() if code not in heard]


def label_of(session: Session, side: Side, code: str) -> str | None:
    """Return the label of a capacity or a territory, or None for an unknown code."""
    return store.french_labels(session, DESTINATION_OF[side]).get(code)


def _counted(
    session: Session,
    round_id: int,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
) -> CountsByMeasure:
    by_measure: dict[int | None, Counter[str]] = defaultdict(Counter)
    rows = session.execute(
        sa.select(Questionnaire.measure_id, column, sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .where(counts_in(round_id))
        .group_by(Questionnaire.measure_id, column)
    )
    for measure_id, code, count in rows:
        by_measure[measure_id]["" if code in (None, NO_CAPACITY) else code] += count
    return by_measure


def _rows(session: Session, round_id: int, counted: CountsByMeasure) -> list[Row]:
    """Return the rows without their counts, in the plan's order, the tool last."""
    forms = session.execute(
        sa.select(Measure, Questionnaire.closed_at.is_(None))
        .select_from(Questionnaire)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(Questionnaire.round_id == round_id, Questionnaire.published_at.is_not(None))
        .order_by(Measure.position, Measure.id)
    )
    is_open: dict[Measure | None, bool] = {}
    for measure, is_current in forms:
        is_open[measure] = is_open.get(measure, False) or is_current
    begun = session.scalars(
        sa.select(Questionnaire.measure_id)
        .join(Draft, Draft.questionnaire_id == Questionnaire.id)
        .where(Questionnaire.round_id == round_id)
        .distinct()
    )
    kept = {*counted, *begun}
    measures = sorted(is_open, key=lambda measure: measure is None)
    return [
        Row(measure, (), is_open[measure])
        for measure in measures
        if is_open[measure] or (measure and measure.id) in kept
    ]


def _labels(
    session: Session, consultation_round: Round, side: Side, counted_codes: Iterable[str]
) -> dict[str, str]:
    """Return the labels that the round offers, by code, then those that occur besides.

    Options of other rounds alone are not gaps of this one.
    """
    everything = store.french_labels(session, DESTINATION_OF[side])
    published = store.published(session, consultation_round)
    offered = (
        [
            option.code
            for question in published.questions
            if question.destination is DESTINATION_OF[side]
            for option in question.options
        ]
        if published
        else everything
    )
    others = sorted(code for code in counted_codes if code)
    labels = {code: everything.get(code, code) for code in (*offered, *others)}
    return labels | {"": UNSAID[side]} if "" in counted_codes else labels


def _counts(
    counted: CountsByMeasure, measure_id: int | None, columns: Sequence[Column]
) -> tuple[int, ...]:
    by_code = counted.get(measure_id, {})
    return tuple(by_code.get(column.code, 0) for column in columns)


@dataclass(frozen=True)
class Day:
    """A day and the number of its responses, each on the day of its last revision."""

    on: date
    count: int


@needs(Permission.FOLLOW)
def per_day(work: Work, consultation_round: Round) -> list[Day]:
    """Return the days of a round until now, empty ones included; raise `NotAllowed`."""
    by_day = _by_day(work.session, consultation_round.id)
    last = min(consultation_round.closes_at - timedelta(microseconds=1), work.at)
    first_on, last_on = in_paris(consultation_round.opens_at).date(), in_paris(last).date()
    if by_day:  # responses by mail, or in the minutes of grace after closing
        first_on, last_on = min(first_on, *by_day), max(last_on, *by_day)
    length = (last_on - first_on).days + 1
    days = (first_on + timedelta(days=number) for number in range(length))
    return [Day(day, by_day.get(day, 0)) for day in days]


@needs(Permission.FOLLOW)
def drafts(work: Work, consultation_round: Round) -> Mapping[int | None, int]:
    """Return the number of drafts by measure (None: the tool)."""
    rows: Sequence[tuple[int | None, int]] = [
        (measure_id, count)
        for measure_id, count in work.session.execute(
            sa.select(Questionnaire.measure_id, sa.func.count())
            .select_from(Draft)
            .join(Questionnaire, Questionnaire.id == Draft.questionnaire_id)
            .where(Questionnaire.round_id == consultation_round.id)
            .group_by(Questionnaire.measure_id)
        )
    ]
    return dict(rows)


def _by_day(session: Session, round_id: int) -> Mapping[date, int]:
    """Count by hour in SQL, since SQLite has no time zones, and add up by day in Paris."""
    hour = [sa.extract(part, Response.submitted_at) for part in ("year", "month", "day", "hour")]
    rows = session.execute(
        sa.select(*hour, sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .where(counts_in(round_id))
        .group_by(*hour)
    )
    by_day: Counter[date] = Counter()
    for *parts, count in rows:
        year, month, day, hour_of_day = map(int, parts)
        moment = datetime(year, month, day, hour_of_day, tzinfo=UTC)
        by_day[in_paris(moment).date()] += count
    return by_day
