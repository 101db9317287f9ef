"""Measurement of an indicator: what kind of value it has, where it starts, what it is to reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from consultation.clock import in_paris
from consultation.plan.models import (
    IndicatorVersion,
    MeasuredAs,
    Point,
    StoredFigure,
    StoredMeasurement,
    WantedDirection,
)

Value = float | date | bool | str
"""A number (of percent, too), a day, yes or no, or a level in words."""


@dataclass(frozen=True)
class Figure:
    """A value of a point; `dated` is its date in ISO 8601, as precise as it is known."""

    value: Value
    dated: str = ""
    source: str = ""


@dataclass(frozen=True)
class Measurement:
    """How an indicator is measured; all of it may be unknown."""

    measured_as: MeasuredAs | None = None
    direction: WantedDirection | None = None
    baseline: Figure | None = None
    midterm: Figure | None = None
    final: Figure | None = None

    def figure(self, point: Point) -> Figure | None:
        figure: Figure | None = getattr(self, point.value)
        return figure


EMPTY = Measurement()


def measurement_of(version: IndicatorVersion, on: date | None = None) -> Measurement:
    """Return how a version is measured at present, or was on a day; at first if it is earlier."""
    if not version.measurements:
        return EMPTY
    known = [
        it for it in version.measurements if on is None or in_paris(it.created_at).date() <= on
    ]
    stored = known[-1] if known else version.measurements[0]
    figures = {row.point.value: _figure_of(row) for row in stored.figures}
    return Measurement(stored.measured_as, stored.direction, **figures)


def store(version: IndicatorVersion, measurement: Measurement, created_at: datetime) -> None:
    """Give a version another measurement; what it had stays behind it."""
    number = version.measurements[-1].number + 1 if version.measurements else 1
    figures = [
        _stored_figure(point, figure) for point in Point if (figure := measurement.figure(point))
    ]
    version.measurements.append(
        StoredMeasurement(
            number=number,
            measured_as=measurement.measured_as,
            direction=measurement.direction,
            created_at=created_at,
            figures=figures,
        )
    )


def as_json(measurement: Measurement) -> dict[str, Any]:
    """Return a measurement as JSON holds it; a day is `{"day": "2026-06-30"}`, unknown is None."""
    return {
        "measured_as": measurement.measured_as,
        "direction": measurement.direction,
        **{point.value: _figure_as_json(measurement.figure(point)) for point in Point},
    }


def from_json(stored: Mapping[str, Any]) -> Measurement:
    """Return the measurement that `as_json` gave."""
    return Measurement(
        MeasuredAs(stored["measured_as"]) if stored["measured_as"] else None,
        WantedDirection(stored["direction"]) if stored["direction"] else None,
        **{point.value: _figure_from_json(stored[point.value]) for point in Point},
    )


def _figure_as_json(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    value = {"day": figure.value.isoformat()} if isinstance(figure.value, date) else figure.value
    return {"value": value, "dated": figure.dated, "source": figure.source}


def _figure_from_json(stored: Mapping[str, Any] | None) -> Figure | None:
    if stored is None:
        return None
    value = stored["value"]
    value = date.fromisoformat(value["day"]) if isinstance(value, Mapping) else value
    return Figure(value, stored["dated"], stored["source"])


def _figure_of(row: StoredFigure) -> Figure:
    values = (row.number, row.day, row.is_met, row.level)
    (value,) = (it for it in values if it is not None)
    return Figure(value, row.dated, row.source)


def _stored_figure(point: Point, figure: Figure) -> StoredFigure:
    columns = {bool: "is_met", float: "number", int: "number", date: "day", str: "level"}
    column = columns[type(figure.value)]
    return StoredFigure(
        point=point, dated=figure.dated, source=figure.source, **{column: figure.value}
    )
