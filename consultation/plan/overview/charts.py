"""Geometry of the charts of an indicator: a bullet of its last values, and its values over time.

Widths are in percent, so that a chart fills its place on a phone as well; heights are in pixels.
What is missing or too small to be shown has no dot: it is never drawn as zero.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from consultation.plan.measurement.values import Measurement, Value
from consultation.plan.models import Point
from consultation.plan.values.models import IndicatorValue, Reporter, ValuePoint
from consultation.plan.values.publication import PublicValue

HEIGHT = 200.0
LABEL_ABOVE, LABEL_BELOW, LABEL_BESIDE = -8.0, 18.0, 4.0
"""How far below its mark the line of a label is, in the three places that it may have."""
LABEL_WIDTH, LABEL_HEIGHT = 24.0, 13.0
"""Room that a label takes on a phone: in percent, and in pixels."""
MOST_TICKS = 5
MOST_YEARS = 8
"""Years that are named below a chart; of more, every second one or fewer."""


@dataclass(frozen=True)
class Scale:
    """Numbers from the lowest to the highest that is drawn, both round."""

    lowest: float
    highest: float
    step: float

    def share(self, number: float) -> float:
        """Return how far along the scale a number is, from 0 to 1."""
        return (number - self.lowest) / (self.highest - self.lowest)

    @property
    def ticks(self) -> Sequence[float]:
        """The round numbers of the scale."""
        count = round((self.highest - self.lowest) / self.step)
        return [self.lowest + self.step * place for place in range(count + 1)]


@dataclass(frozen=True)
class Bar:
    """A value of the last moment, in percent; `is_small`: somewhere in it, but not shown where."""

    start: float
    width: float
    is_small: bool
    reported_by: Reporter


@dataclass(frozen=True)
class Bullet:
    """The values of the last moment beside the targets."""

    bars: Sequence[Bar]
    marks: Mapping[Point, float]


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    source: int = 0


@dataclass(frozen=True)
class Dot:
    """A value, by the number of its source."""

    x: float
    y: float
    source: int
    row: IndicatorValue


@dataclass(frozen=True)
class Label:
    """Where the label of a mark begins or ends, by its anchor; `dx` is in pixels."""

    x: float
    y: float
    dx: int
    anchor: str


@dataclass(frozen=True)
class Mark:
    """A value to start from or to reach; `x` is None where it has no date."""

    point: Point
    x: float | None
    y: float
    label: Label


@dataclass(frozen=True)
class TimeChart:
    """Values over time, by source; none is averaged, and no line bridges a break."""

    years: Sequence[tuple[float, int]]
    """The middle of each year that is named."""
    ticks: Sequence[tuple[float, float]]
    """The height of each round number."""
    marks: Sequence[Mark]
    paths: Sequence[Stroke]
    """From the baseline to each target, as the rules of progress expect it."""
    lines: Sequence[Stroke]
    dots: Sequence[Dot]
    small: Sequence[Stroke]
    """From zero to what a value is less than that is too small to be shown."""
    less_than: Sequence[int]
    """What the small ones are less than."""
    breaks: Sequence[float]
    sources: Sequence[PublicValue]
    """The last value of each source that is drawn."""

    @cached_property
    def ranks(self) -> Sequence[int]:
        """The place of each source among those of the same reporter, who has one colour."""
        reporters = [it.row.reported_by for it in self.sources]
        return [reporters[:place].count(it) for place, it in enumerate(reporters)]


def bullet(measurement: Measurement, latest: Sequence[PublicValue]) -> Bullet | None:
    """Return the bullet of values of one moment and one definition, None without any number."""
    figures = _figures(measurement)
    ranges = [(it, of_value) for it in latest if (of_value := _range_of(it))]
    if not ranges:
        return None
    scale = _scale(
        [*figures.values(), *(edge for _it, (*edges, _small) in ranges for edge in edges)]
    )
    bars = [
        Bar(
            start=100 * scale.share(low),
            width=100 * (scale.share(high) - scale.share(low)),
            is_small=is_small,
            reported_by=it.row.reported_by,
        )
        for it, (low, high, is_small) in ranges
    ]
    return Bullet(bars, {point: 100 * scale.share(it) for point, it in figures.items()})


def over_time(
    measurement: Measurement, values: Sequence[PublicValue], series: Mapping[int, int]
) -> TimeChart | None:
    """Return the chart of values in the order of their moments, None where no number is placed.

    `series` has the number of the series of each version, by its id.
    """
    days = {it.row.id: place for it in values if (place := place_of(it.row, measurement))}
    values = sorted(values, key=lambda it: days.get(it.row.id, date.max))
    drawn = [it for it in values if it.row.id in days and _range_of(it)]
    if not drawn:
        return None
    figures, dated = _figures(measurement), _dated(measurement)
    edges = [edge for it in drawn for edge in _range_of(it)[:2]]  # type: ignore[index]
    scale = _scale([*figures.values(), *edges])
    frame = _Frame(scale, [*days.values(), *dated.values()])
    sources = _sources(drawn)
    dots = [
        Dot(frame.x(days[it.row.id]), frame.y(number), sources[_key(it.row)], it.row)
        for it in drawn
        if (number := _number(it.value)) is not None
    ]
    return TimeChart(
        years=frame.years,
        ticks=[(frame.y(it), it) for it in scale.ticks],
        marks=_marks(frame, figures, dated, dots),
        paths=_paths(frame, figures, dated),
        lines=_lines(frame, values, days, series, sources),
        dots=dots,
        small=_small(frame, drawn, days),
        less_than=sorted({it.less_than for it in drawn if it.less_than is not None}),
        breaks=_breaks(frame, drawn, days, series, dated.values()),
        sources=_last_of_each(drawn),
    )


def place_of(row: IndicatorValue, measurement: Measurement) -> date | None:
    """Return the day at which a value is drawn, that of its target where it has none of its own."""
    if row.day or row.observed_on:
        return row.day or _middle(row.observed_on)
    if row.point is None or row.point is ValuePoint.INTERIM:
        return None
    figure = measurement.figure(Point(row.point.value))
    return _middle(figure.dated) if figure else None


class _Frame:
    """Where days and numbers are drawn: whole years from the first to the last."""

    def __init__(self, scale: Scale, days: Sequence[date]):
        self._scale = scale
        self._years = range(min(days).year, max(days).year + 1)
        self._start = date(self._years.start, 1, 1).toordinal()
        self._length = date(self._years.stop, 1, 1).toordinal() - self._start

    def x(self, day: date) -> float:
        return 100 * (day.toordinal() - self._start) / self._length

    def y(self, number: float) -> float:
        return HEIGHT * (1 - self._scale.share(number))

    @property
    def years(self) -> list[tuple[float, int]]:
        every = math.ceil(len(self._years) / MOST_YEARS)
        return [(self.x(date(year, 7, 1)), year) for year in self._years[::every]]


def _figures(measurement: Measurement) -> dict[Point, float]:
    figures = {point: measurement.figure(point) for point in Point}
    return {
        point: number
        for point, figure in figures.items()
        if figure and (number := _number(figure.value)) is not None
    }


def _dated(measurement: Measurement) -> dict[Point, date]:
    figures = {point: measurement.figure(point) for point in _figures(measurement)}
    return {
        point: day for point, figure in figures.items() if figure and (day := _middle(figure.dated))
    }


def _number(value: Value | None) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _range_of(value: PublicValue) -> tuple[float, float, bool] | None:
    """Return from where to where a value is drawn, and whether it is too small to be shown.

    What a small value is less than is drawn as it was when it was published.
    """
    if value.less_than is not None:
        return 0.0, float(value.less_than), True
    number = _number(value.value)
    return None if number is None else (min(0.0, number), max(0.0, number), False)


def _scale(numbers: Iterable[float]) -> Scale:
    """Return a scale of round numbers that has zero and all of these."""
    known = [0.0, *numbers]
    lowest, highest = min(known), max(known)
    step = _round_step((highest - lowest) / (MOST_TICKS - 1)) if highest > lowest else 1.0
    low, high = math.floor(lowest / step), math.ceil(highest / step)
    return Scale(low * step, max(high, low + 1) * step, step)


def _round_step(least: float) -> float:
    """Return the next of 1, 2, 2.5, 5 and their tenfolds."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(it * power for it in (1, 2, 2.5, 5, 10, 20) if it * power >= least * (1 - 1e-9))


def _middle(dated: str) -> date | None:
    """Return the middle of a date in ISO 8601 that may be a year or a month, None for a blank."""
    parts = [int(part) for part in dated.split("-")] if dated else []
    match parts:
        case [year]:
            return date(year, 7, 1)
        case [year, month]:
            return date(year, month, 15)
        case [year, month, day]:
            return date(year, month, day)
    return None


def _marks(
    frame: _Frame,
    figures: Mapping[Point, float],
    dated: Mapping[Point, date],
    dots: Sequence[Dot],
) -> list[Mark]:
    """Return the marks; labels of targets are where the path from the baseline does not pass."""
    start = figures.get(Point.BASELINE, 0.0)
    targets = [it for point, it in figures.items() if point is not Point.BASELINE]
    is_rising = not targets or targets[-1] >= start
    marks = []
    for point, number in figures.items():
        x, y = frame.x(dated[point]) if point in dated else None, frame.y(number)
        is_above = is_rising is not (point is Point.BASELINE)
        marks.append(Mark(point, x, y, _label(x, y, is_above=is_above, dots=dots)))
    return marks


def _label(x: float | None, y: float, *, is_above: bool, dots: Sequence[Dot]) -> Label:
    """Return the first place of a label that covers neither a year nor a dot, else the first."""
    heights = (LABEL_ABOVE, LABEL_BELOW) if is_above else (LABEL_BELOW, LABEL_ABOVE)
    if x is None:
        places = [Label(100.0, y + it, 0, "at-end") for it in heights]
    elif x > 100 - LABEL_WIDTH - 10:
        places = [Label(x, y + it, 8, "at-end") for it in heights]
    else:
        places = [Label(x, y + it, -8, "at-start") for it in heights]
        places.append(Label(x, y + LABEL_BESIDE, 12, "at-start"))
    inside = [it for it in places if it.y <= HEIGHT]
    return next((it for it in inside if not _covers(it, dots)), inside[0])


def _covers(label: Label, dots: Sequence[Dot]) -> bool:
    left = label.x - LABEL_WIDTH if label.anchor == "at-end" else label.x + label.dx / 4
    return any(
        left <= dot.x <= left + LABEL_WIDTH and abs(dot.y - (label.y - 4)) < LABEL_HEIGHT
        for dot in dots
    )


def _paths(
    frame: _Frame, figures: Mapping[Point, float], dated: Mapping[Point, date]
) -> list[Stroke]:
    if Point.BASELINE not in dated:
        return []
    start = frame.x(dated[Point.BASELINE]), frame.y(figures[Point.BASELINE])
    targets = (point for point in (Point.MIDTERM, Point.FINAL) if point in dated)
    return [Stroke(*start, frame.x(dated[it]), frame.y(figures[it])) for it in targets]


def _key(row: IndicatorValue) -> tuple[object, ...]:
    """Return the key of a source; values that cover something else are not compared."""
    return row.reported_by, row.reporter, row.source_kind, row.covers


def _sources(values: Iterable[PublicValue]) -> dict[tuple[object, ...], int]:
    keys = dict.fromkeys(_key(it.row) for it in values)
    return {key: number for number, key in enumerate(keys)}


def _last_of_each(values: Iterable[PublicValue]) -> list[PublicValue]:
    """Return the last value of each source, in the order of the sources."""
    return list({_key(it.row): it for it in values}.values())


def _lines(
    frame: _Frame,
    values: Sequence[PublicValue],
    days: Mapping[int, date],
    series: Mapping[int, int],
    sources: Mapping[tuple[object, ...], int],
) -> list[Stroke]:
    """Return the lines from each value of a source to its next.

    Another series starts another line, and so does a value that is missing or not shown.
    """
    runs: list[list[PublicValue]] = []
    current: dict[tuple[object, ...], list[PublicValue]] = {}
    for it in values:
        key = (*_key(it.row), series[it.row.indicator_version_id])
        if _number(it.value) is None or it.row.id not in days:
            ended = [known for known in current if known[:2] == key[:2]]
            for known in ended:
                del current[known]
            continue
        if key not in current:
            current[key] = []
            runs.append(current[key])
        current[key].append(it)
    return [
        Stroke(
            frame.x(days[before.row.id]),
            frame.y(_drawn(before)),
            frame.x(days[after.row.id]),
            frame.y(_drawn(after)),
            sources[_key(after.row)],
        )
        for run in runs
        for before, after in pairwise(run)
    ]


def _small(frame: _Frame, drawn: Sequence[PublicValue], days: Mapping[int, date]) -> list[Stroke]:
    small = [(frame.x(days[it.row.id]), it.less_than) for it in drawn if it.less_than is not None]
    return [Stroke(x, frame.y(0), x, frame.y(less_than)) for x, less_than in small]


def _drawn(value: PublicValue) -> float:
    number = _number(value.value)
    assert number is not None
    return number


def _breaks(
    frame: _Frame,
    drawn: Sequence[PublicValue],
    days: Mapping[int, date],
    series: Mapping[int, int],
    figures: Iterable[date],
) -> list[float]:
    """Return where a series ends and another begins, half way between them.

    The baseline and the targets are of the last series, whatever is observed of it.
    """
    by_series: dict[int, list[float]] = {}
    for it in drawn:
        x = frame.x(days[it.row.id])
        by_series.setdefault(series[it.row.indicator_version_id], []).append(x)
    last = max(series.values())
    before = [x for number, places in by_series.items() if number < last for x in places]
    later = [x for day in figures if (x := frame.x(day)) > max(before, default=100.0)]
    by_series[last] = [*by_series.get(last, []), *later] or [100.0]
    ordered = [by_series[number] for number in sorted(by_series)]
    return [(max(left) + min(right)) / 2 for left, right in pairwise(ordered)]
