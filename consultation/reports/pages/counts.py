"""Counts of a report, or of a part of it: measures by assessment, indicators by progress.

They follow from the frozen content alone: the same edition gives the same counts for ever.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.plan.models import Assessor, Level, WantedDirection
from consultation.plan.overview import judgements
from consultation.plan.values.models import Progress
from consultation.reports.figures import BASELINE, JUDGEMENT, PROGRESS, VALUE, Figure

CONCLUSIVE = frozenset({Progress.REACHED, Progress.ON_TRACK, Progress.LATE})
"""What says how far an indicator is; all else says that it is unknown."""
ADVANCING = (Level.PARTLY_DONE, Level.ENGAGED)
DRAWN = (Level.DONE, *ADVANCING, Level.NOT_DONE, Level.NOT_ENGAGED)
"""The levels in the order in which bars draw them."""

ByCode = Mapping[str, Sequence[Figure]]


@dataclass(frozen=True)
class Segment:
    """A part of a bar, in per cent of its length."""

    level: Level
    count: int
    start: float
    length: float


@dataclass(frozen=True)
class Counts:
    """How many measures and indicators of a part of a report are in which state."""

    measure_count: int
    levels: judgements.Counts
    disputed: int
    """Measures on which two assessments contradict each other."""
    late_measures: int
    """Measures with an indicator that is late."""
    unknown_measures: int
    """Measures without an assessment and without an indicator that says anything."""
    progress: Mapping[Progress | None, int]
    closer: int
    """Indicators that went in the wanted direction, from their baseline to their last values."""
    further: int
    """Those that went in the other one."""

    @property
    def assessors(self) -> Sequence[Assessor]:
        """Those who assessed any measure."""
        return [it for it in Assessor if sum(self.levels[it].values())]

    def done(self, assessor: Assessor) -> int:
        return self.levels[assessor].get(Level.DONE, 0)

    def advancing(self, assessor: Assessor) -> int:
        """Return how many are under way and not done, as an assessor sees them."""
        return sum(self.levels[assessor].get(level, 0) for level in ADVANCING)

    def unassessed(self, assessor: Assessor) -> int:
        return self.measure_count - sum(self.levels[assessor].values())

    def bar(self, assessor: Assessor) -> Sequence[Segment]:
        """Return the bar of an assessor; what is left of it are the measures without a word."""
        segments, start = [], 0.0
        for level in DRAWN:
            count = self.levels[assessor].get(level, 0)
            length = 100 * count / self.measure_count
            if count:
                segments.append(Segment(level, count, round(start, 2), round(length, 2)))
            start += length
        return segments

    @property
    def drawn(self) -> Sequence[Level]:
        """The levels that any bar draws."""
        return [it for it in DRAWN if any(levels.get(it) for levels in self.levels.values())]

    @property
    def is_unassessed(self) -> bool:
        """Whether a bar leaves a part to measures without an assessment."""
        return any(self.unassessed(it) for it in self.assessors)

    @property
    def indicator_count(self) -> int:
        return sum(self.progress.values())

    @property
    def on_track(self) -> int:
        """Indicators that are reached or on track."""
        return sum(self.progress.get(it, 0) for it in (Progress.REACHED, Progress.ON_TRACK))

    @property
    def late(self) -> int:
        return self.progress.get(Progress.LATE, 0)

    @property
    def unknown(self) -> int:
        """Indicators of which nobody can say how far they are."""
        return self.indicator_count - self.on_track - self.late


def by_code(figures: Iterable[Figure]) -> ByCode:
    """Return figures by the code of their indicator or measure."""
    grouped: dict[str, list[Figure]] = {}
    for figure in figures:
        grouped.setdefault(figure.code, []).append(figure)
    return grouped


def levels_of(known: Sequence[Figure]) -> Mapping[Assessor, Level]:
    """Return how each assessor sees a measure, by the figures of its code."""
    return {
        Assessor(it.facts["assessor"]): Level(it.facts["level"])
        for it in known
        if it.kind == JUDGEMENT
    }


def progress_of(known: Sequence[Figure]) -> Progress | None:
    """Return the progress of an indicator, by the figures of its code."""
    stated = next((it.facts["progress"] for it in known if it.kind == PROGRESS), None)
    return Progress(stated) if stated else None


def counts_of(measures: Sequence[Mapping[str, Any]], known: ByCode) -> Counts:
    """Count frozen measures, with all figures of the report by code."""
    levels: dict[Assessor, Counter[Level]] = {assessor: Counter() for assessor in Assessor}
    progress: Counter[Progress | None] = Counter()
    directions: Counter[int] = Counter()
    disputed = late = unknown = 0
    for measure in measures:
        assessed = levels_of(known.get(measure["code"], ()))
        for assessor, level in assessed.items():
            levels[assessor][level] += 1
        stated = [progress_of(known.get(it["code"], ())) for it in measure["indicators"]]
        progress.update(stated)
        directions.update(direction_of(it, known) for it in measure["indicators"])
        disputed += judgements.disagree(assessed.values())
        late += Progress.LATE in stated
        unknown += not assessed and not CONCLUSIVE & set(stated)
    return Counts(
        len(measures), levels, disputed, late, unknown, progress, directions[1], directions[-1]
    )


def direction_of(indicator: Mapping[str, Any], known: ByCode) -> int:
    """Return 1 for an indicator that went in the wanted direction, -1 in the other, else 0.

    From its baseline to its last values that may be compared with it; 0 also where these are on
    both sides of it.
    """
    wanted = {WantedDirection.MORE.value: 1, WantedDirection.LESS.value: -1}
    sense = wanted.get(indicator["measurement"]["direction"] or "", 0)
    of_indicator = known.get(indicator["code"], ())
    start = next((_number(it) for it in of_indicator if it.kind == BASELINE), None)
    last = [_number(it) for it in compared_values(of_indicator)]
    if not sense or start is None or not last:
        return 0
    sides = {(value > start) - (value < start) for value in last if value is not None}
    return sense * sides.pop() if len(sides) == 1 else 0


def compared_values(known: Sequence[Figure]) -> Sequence[Figure]:
    """Return the values of the last moment that has any to be compared with the baseline."""
    return last_values([it for it in known if _is_compared(it)])


def last_values(known: Sequence[Figure]) -> Sequence[Figure]:
    """Return the values of the last moment, side by side."""
    values = [it for it in known if it.kind == VALUE]
    return [it for it in values if _moment(it) == _moment(values[-1])]


def _moment(figure: Figure) -> tuple[Any, Any]:
    return figure.facts["point"], figure.facts["day"]


def _is_compared(figure: Figure) -> bool:
    return figure.facts.get("is_comparable") is not False and _number(figure) is not None


def _number(figure: Figure) -> float | None:
    value = figure.facts.get("value")
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
