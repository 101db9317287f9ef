"""Lines of the overview: a measure with its latest judgements; all, and those asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from consultation.plan import queries
from consultation.plan.models import Assessor, Axis, Measure, MeasureStatus
from consultation.plan.overview import judgements
from consultation.plan.overview.judgements import Counts, HalfYear
from consultation.plan.statuses import assessments

UNJUDGED = "unjudged"
"""Asked for in the place of a level: not judged yet."""


@dataclass(frozen=True)
class Line:
    """A measure, its judgements, and the latest of each assessor."""

    measure: Measure
    statuses: Sequence[MeasureStatus]
    latest: Mapping[Assessor, MeasureStatus]

    @property
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
            and (line.is_disputed or not self.is_disputed)
        )


@dataclass(frozen=True)
class Overview:
    """All lines of the plan, and those that a visitor asked for."""

    lines: Sequence[Line]
    wanted: Sequence[Line]
    narrowing: Narrowing
    today: date

    @property
    def axes(self) -> Sequence[Axis]:
        """The axes with measures, in the plan's order."""
        return list(dict.fromkeys(line.measure.axis for line in self.lines))

    @property
    def by_axis(self) -> Sequence[tuple[Axis, Sequence[Line]]]:
        """The lines asked for, by axis."""
        grouped: dict[Axis, list[Line]] = {}
        for line in self.wanted:
            grouped.setdefault(line.measure.axis, []).append(line)
        return list(grouped.items())

    @property
    def disputed(self) -> Sequence[Line]:
        """The lines asked for whose judgements contradict each other."""
        return [line for line in self.wanted if line.is_disputed]

    @property
    def counts(self) -> Counts:
        """How many of all measures are at each level, by assessor."""
        return judgements.counts(line.latest for line in self.lines)

    @property
    def is_judged(self) -> bool:
        """Whether any measure is judged."""
        return any(line.latest for line in self.lines)

    @property
    def history(self) -> Sequence[HalfYear]:
        """The same counts over time."""
        return judgements.history((line.statuses for line in self.lines), self.today)


def overview(
    session: Session, narrowing: Narrowing, today: date, *, with_shipped: bool
) -> Overview:
    """Return the overview of the measures in force, in few queries, however many they are.

    An axis that there is not narrows nothing.
    """
    measures = [it for it in queries.whole_measures(session) if with_shipped or not it.is_shipped]
    lines = _lines(session, measures)
    axes = {measure.axis.code for measure in measures}
    narrowing = replace(narrowing, axis=narrowing.axis if narrowing.axis in axes else None)
    wanted = [line for line in lines if narrowing.holds(line)]
    if narrowing.query:
        ids = [it.id for it in queries.measures(session, query=narrowing.query)]
        wanted = [line for line in wanted if line.measure.id in ids]
    return Overview(lines, wanted, narrowing, today)


def _lines(session: Session, measures: Collection[Measure]) -> list[Line]:
    statuses = judgements.by_measure(session)
    return [
        Line(it, of_measure := statuses.get(it.id, []), assessments.latest(of_measure))
        for it in measures
    ]
