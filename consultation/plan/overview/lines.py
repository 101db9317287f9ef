"""Lines of the overview: a measure, its latest judgements, and the progress of its indicators.

Of values and progress, they have what is public only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent
from consultation.plan import queries
from consultation.plan.measurement.values import Measurement, measurement_of
from consultation.plan.models import (
    Assessor,
    Axis,
    Indicator,
    IndicatorVersion,
    Measure,
    MeasureStatus,
    StoredMeasurement,
)
from consultation.plan.overview import charts, judgements
from consultation.plan.overview.charts import Bullet, TimeChart
from consultation.plan.overview.judgements import Counts, HalfYear
from consultation.plan.queries import indicators_in_force
from consultation.plan.statuses import assessments
from consultation.plan.values import publication, record
from consultation.plan.values.models import (
    IndicatorValue,
    Progress,
    ProgressOverride,
    ValuePublication,
)
from consultation.plan.values.publication import PublicProgress, PublicValue

DISPLAYED = (
    AuditEvent,
    Measure,
    MeasureStatus,
    Indicator,
    IndicatorVersion,
    StoredMeasurement,
    IndicatorValue,
    ValuePublication,
    ProgressOverride,
)
"""The tables of what lines show, and of what was changed in them."""
UNJUDGED = "unjudged"
"""Asked for in the place of a level: not judged yet."""
NO_WORD = "no_word"
"""Asked for in the place of a word: none can be given."""


@dataclass(frozen=True)
class IndicatorLine:
    """An indicator, how it is measured at present, and what is public of its progress."""

    indicator: Indicator
    public: PublicProgress

    @cached_property
    def measurement(self) -> Measurement:
        """How it is measured at present."""
        return measurement_of(self.indicator.version)

    @cached_property
    def series(self) -> Mapping[int, int]:
        """The number of the series of each version, by its id."""
        return record.series_of(self.indicator)

    @cached_property
    def by_series(self) -> Sequence[Sequence[PublicValue]]:
        """The values by series: those of two are not compared."""
        grouped: dict[int, list[PublicValue]] = {}
        for value in self.public.values:
            grouped.setdefault(self.series[value.row.indicator_version_id], []).append(value)
        return [grouped[number] for number in sorted(grouped)]

    @cached_property
    def latest(self) -> Sequence[PublicValue]:
        """The values of the last moment, side by side."""
        values = self.public.values
        last = values[-1].row if values else None
        return [
            it for it in values if last and (it.row.point, it.row.day) == (last.point, last.day)
        ]

    def is_comparable(self, value: PublicValue) -> bool:
        """Return whether a value is of the definition of the targets."""
        of_version = self.series[value.row.indicator_version_id]
        return of_version == self.series[self.indicator.version.id]

    @cached_property
    def bullet(self) -> Bullet | None:
        """The chart of the last values beside the targets."""
        comparable = [it for it in self.latest if self.is_comparable(it)]
        return charts.bullet(self.measurement, comparable)

    @cached_property
    def over_time(self) -> TimeChart | None:
        """The chart of all values over time."""
        return charts.over_time(self.measurement, self.public.values, self.series)


@dataclass(frozen=True)
class Line:
    """A measure, its judgements, the latest of each assessor, and its indicators in force."""

    measure: Measure
    statuses: Sequence[MeasureStatus]
    latest: Mapping[Assessor, MeasureStatus]
    indicators: Sequence[IndicatorLine]

    @cached_property
    def valued(self) -> Sequence[IndicatorLine]:
        """The indicators with a public value, or with why there is none."""
        return [it for it in self.indicators if it.public.values]

    @property
    def progress_counts(self) -> Mapping[Progress | None, int]:
        """How many indicators have each word."""
        return _progress_counts(self.indicators)

    @cached_property
    def is_disputed(self) -> bool:
        """Whether the latest judgements contradict each other."""
        return judgements.disagree(status.level for status in self.latest.values())

    def is_at(self, assessor: Assessor, level: str | None) -> bool:
        """Return whether an assessor judges it so; by None, whether at all."""
        status = self.latest.get(assessor)
        if level == UNJUDGED:
            return status is None
        return status is not None and level in (None, status.level)


@dataclass(frozen=True)
class Narrowing:
    """What a visitor asked for; None is anything."""

    axis: str | None = None
    assessor: Assessor | None = None
    level: str | None = None
    """The value of a level, or `UNJUDGED`; of any assessor unless one is asked for."""
    progress: str | None = None
    """The value of a word that an indicator has, or `NO_WORD`."""
    is_disputed: bool = False
    query: str = ""

    def __bool__(self) -> bool:
        return self != Narrowing()

    def holds(self, line: Line) -> bool:
        """Return whether a line is asked for, words aside."""
        judges = [self.assessor] if self.assessor else list(Assessor)
        is_judged_so = any(line.is_at(it, self.level) for it in judges)
        return (
            self.axis in (None, line.measure.axis.code)
            and (is_judged_so or not (self.assessor or self.level))
            and (self.progress is None or self._has_word(line))
            and (line.is_disputed or not self.is_disputed)
        )

    def _has_word(self, line: Line) -> bool:
        progress = (it.public.progress for it in line.indicators)
        return self.progress in {NO_WORD if word is None else word.value for word in progress}


@dataclass(frozen=True)
class Overview:
    """All lines of the plan, and those that a visitor asked for."""

    lines: Sequence[Line]
    wanted: Sequence[Line]
    narrowing: Narrowing
    today: date

    @cached_property
    def axes(self) -> Sequence[Axis]:
        """The axes with measures, in the plan's order."""
        return [axis for axis, _lines in self.whole_axes]

    @cached_property
    def by_axis(self) -> Sequence[tuple[Axis, Sequence[Line]]]:
        """The lines asked for, by axis."""
        return _by_axis(self.wanted)

    @cached_property
    def whole_axes(self) -> Sequence[tuple[Axis, Sequence[Line]]]:
        """All lines, by axis."""
        return _by_axis(self.lines)

    @cached_property
    def anchors(self) -> Mapping[str, str]:
        """Where the page lists the lines asked for of an axis, by its code."""
        return {
            axis.code: f"axis-{place}" for place, (axis, _lines) in enumerate(self.by_axis, start=1)
        }

    @cached_property
    def disputed_count(self) -> int:
        """How many of all measures have judgements that contradict each other."""
        return sum(line.is_disputed for line in self.lines)

    @cached_property
    def progress_counts(self) -> Mapping[Progress | None, int]:
        """How many of all indicators have each word."""
        return _progress_counts(it for line in self.lines for it in line.indicators)

    @cached_property
    def counts(self) -> Counts:
        """How many of all measures are at each level, by assessor."""
        return judgements.counts(line.latest for line in self.lines)

    @cached_property
    def is_judged(self) -> bool:
        """Whether any measure is judged."""
        return any(line.latest for line in self.lines)

    @cached_property
    def history(self) -> Sequence[HalfYear]:
        """The same counts over time."""
        return judgements.history((line.statuses for line in self.lines), self.today)


def overview(
    session: Session,
    narrowing: Narrowing,
    today: date,
    *,
    with_shipped: bool,
) -> Overview:
    """Return the overview of the measures in force, in few queries, however many they are.

    An axis that there is not narrows nothing.
    """
    measures = [it for it in queries.whole_measures(session) if with_shipped or not it.is_shipped]
    statuses = judgements.by_measure(session)
    indicators = [it for measure in measures for it in indicators_in_force(measure)]
    public = publication.public_progress(session, indicators, today)
    lines = [_line(it, statuses.get(it.id, []), public) for it in measures]
    axes = {measure.axis.code for measure in measures}
    narrowing = replace(narrowing, axis=narrowing.axis if narrowing.axis in axes else None)
    wanted = [line for line in lines if narrowing.holds(line)]
    if narrowing.query:
        ids = [it.id for it in queries.measures(session, query=narrowing.query)]
        wanted = [line for line in wanted if line.measure.id in ids]
    return Overview(lines, wanted, narrowing, today)


def state_of(session: Session) -> tuple[int | None, ...]:
    """Return numbers of which one is another once anything changes that lines show.

    What is new has another id; what is edited or removed is in the audit log.
    """
    newest = (sa.select(sa.func.max(table.id)).scalar_subquery() for table in DISPLAYED)
    return tuple(session.execute(sa.select(*newest)).one())


def is_assessed(session: Session) -> bool:
    """Return whether the plan's page says anything: an assessment, or a value."""
    last = sa.select(sa.func.max(ValuePublication.id)).group_by(ValuePublication.value_id)
    assessed = sa.select(MeasureStatus.id).join(Measure).where(Measure.retired_at.is_(None))
    valued = sa.select(ValuePublication.id).where(
        ValuePublication.showing.is_not(None), ValuePublication.id.in_(last)
    )
    return bool(session.scalar(sa.select(sa.or_(assessed.exists(), valued.exists()))))


def line_of(session: Session, measure: Measure, today: date) -> Line:
    """Return the line of one measure; how its indicators are measured is loaded with it."""
    indicators = indicators_in_force(measure)
    public = publication.public_progress(session, indicators, today)
    statuses = assessments.in_order(measure.statuses)
    return _line(measure, statuses, public)


def indicator_line(session: Session, indicator: Indicator, today: date) -> IndicatorLine:
    """Return the public line of one indicator, in force or retired."""
    public = publication.public_progress(session, [indicator], today)
    return IndicatorLine(indicator, public[indicator.id])


def _by_axis(lines: Iterable[Line]) -> Sequence[tuple[Axis, Sequence[Line]]]:
    grouped: dict[Axis, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.measure.axis, []).append(line)
    return list(grouped.items())


def _progress_counts(indicators: Iterable[IndicatorLine]) -> Mapping[Progress | None, int]:
    """Count indicators by word, in the order of the words, those without one last."""
    counted = Counter(it.public.progress for it in indicators)
    return {word: counted[word] for word in (*Progress, None) if counted[word]}


def _line(
    measure: Measure, statuses: Sequence[MeasureStatus], public: Mapping[int, PublicProgress]
) -> Line:
    indicators = [IndicatorLine(it, public[it.id]) for it in indicators_in_force(measure)]
    return Line(measure, statuses, assessments.latest(statuses), indicators)
