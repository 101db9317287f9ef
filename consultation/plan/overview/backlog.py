"""What is outstanding, for the team: judgements still to be made, figures still to be asked for.

A point is over once the date of a target is past; a judgement made before is one of then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.plan import queries
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import (
    Assessor,
    Indicator,
    Measure,
    MeasureStatus,
    Plan,
    Point,
    StoredFigure,
)
from consultation.plan.overview import judgements
from consultation.plan.queries import indicators_in_force
from consultation.plan.statuses import assessments
from consultation.plan.values import record
from consultation.plan.values.models import IndicatorValue, MissingBecause, ValuePoint
from consultation.plan.values.progress import end_of

POINT_OF = {Point.MIDTERM: ValuePoint.MIDTERM, Point.FINAL: ValuePoint.FINAL}


@dataclass(frozen=True)
class Unjudged:
    """A measure that an assessor has not judged since a day; `last` is what was said before."""

    measure: Measure
    last: MeasureStatus | None
    since: date | None
    is_over: bool
    """Whether that day is the end of a point, not the beginning of the plan."""


@dataclass(frozen=True)
class Unrequested:
    """A figure that is still to be asked for, since a day: of a point of the plan, or of a day."""

    indicator: Indicator
    point: ValuePoint | None
    day: date | None
    since: date


@dataclass(frozen=True)
class Backlog:
    """All that is outstanding, in the plan's order."""

    unjudged: Mapping[Assessor, Sequence[Unjudged]]
    unrequested: Sequence[Unrequested]


def backlog(session: Session, today: date) -> Backlog:
    """Return the outstanding work on the measures in force, in few queries."""
    measures = queries.whole_measures(session)
    indicators = [it for measure in measures for it in indicators_in_force(measure)]
    values = record.current(session, [it.id for it in indicators])
    return Backlog(
        unjudged(session, measures, today),
        [row for it in indicators for row in unrequested(it, values.get(it.id, []), today)],
    )


def unjudged(
    session: Session, measures: Sequence[Measure], today: date
) -> Mapping[Assessor, Sequence[Unjudged]]:
    """Return by assessor those of these measures that are still to be judged."""
    statuses = judgements.by_measure(session)
    starts_on = session.scalar(sa.select(Plan.starts_on).order_by(Plan.id))
    return {
        assessor: [
            missing
            for it in measures
            if (missing := _unjudged(it, statuses.get(it.id, []), assessor, starts_on, today))
        ]
        for assessor in Assessor
    }


def may_have_backlog(session: Session, today: date) -> bool:
    """Return whether a point may be over, or a figure was never asked for, in one cheap query."""
    is_dated = sa.and_(
        StoredFigure.point.in_(POINT_OF), StoredFigure.dated.between("1", today.isoformat())
    )
    is_never = IndicatorValue.missing_because == MissingBecause.NEVER_REQUESTED
    return bool(
        session.scalar(
            sa.select(
                sa.or_(
                    sa.exists(sa.select(StoredFigure.id).where(is_dated)),
                    sa.exists(sa.select(IndicatorValue.id).where(is_never)),
                )
            )
        )
    )


def _unjudged(
    measure: Measure,
    statuses: Collection[MeasureStatus],
    assessor: Assessor,
    starts_on: date | None,
    today: date,
) -> Unjudged | None:
    last = assessments.latest(statuses).get(assessor)
    ends = [end for it in indicators_in_force(measure) for end in _ends(it, today).values()]
    over = max(ends, default=None)
    if last is None:
        return Unjudged(measure, None, over or starts_on, over is not None)
    if over is None or last.assessed_on >= over:
        return None
    return Unjudged(measure, last, over, True)


def unrequested(
    indicator: Indicator, values: Sequence[IndicatorValue], today: date
) -> list[Unrequested]:
    """Return the figures of an indicator with these values that are still to be asked for."""
    never = [
        Unrequested(indicator, row.point, row.day, in_paris(row.created_at).date())
        for row in values
        if row.missing_because is MissingBecause.NEVER_REQUESTED
    ]
    silent = [
        Unrequested(indicator, POINT_OF[point], None, end)
        for point, end in _ends(indicator, today).items()
        if not any(_is_of(row, indicator, point) for row in values)
    ]
    return never + silent


def _ends(indicator: Indicator, today: date) -> dict[Point, date]:
    """Return the points of an indicator that are over, with their last day."""
    measurement = measurement_of(indicator.version)
    figures = {point: measurement.figure(point) for point in POINT_OF}
    return {
        point: end
        for point, figure in figures.items()
        if figure and (end := end_of(figure.dated)) and end < today
    }


def _is_of(row: IndicatorValue, indicator: Indicator, point: Point) -> bool:
    """Return whether a value is of a point: named so, or of a day that is not before its date."""
    if row.point is not None:
        return row.point is POINT_OF[point]
    figure = measurement_of(indicator.version).figure(point)
    assert figure is not None
    return row.day is not None and row.day.isoformat() >= figure.dated
