"""What was taken out of the plan and can come back, and which codes are taken."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import folded
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft
from consultation.plan.models import Indicator, Measure
from consultation.plan.searching import whole_measure
from consultation.plan.template import indicator_draft, measure_draft


@dataclass(frozen=True)
class RetiredMeasure:
    """A measure out of force, with the indicators that went with it and come back with it."""

    measure: MeasureDraft
    axis: AxisDraft
    retired_at: datetime


@dataclass(frozen=True)
class RetiredIndicator:
    """An indicator that was taken from a measure."""

    indicator: IndicatorDraft
    retired_at: datetime


def retired_measures(session: Session) -> list[RetiredMeasure]:
    """Return the measures out of force, in the order that they had."""
    query = sa.select(Measure).where(Measure.retired_at.is_not(None)).options(*whole_measure())
    found = session.scalars(query.order_by(Measure.position, Measure.id))
    return [_measure(row, row.retired_at) for row in found if row.retired_at is not None]


def retired_measure(session: Session, code: str) -> RetiredMeasure | None:
    """Return the measure of that code, if it is out of force."""
    found = (one for one in retired_measures(session) if one.measure.code == code)
    return next(found, None)


def retired_indicators(session: Session, measure_code: str) -> list[RetiredIndicator]:
    """Return the indicators out of force of a measure, in the order that they had."""
    of_measure = sa.select(Measure).where(Measure.code == measure_code).options(*whole_measure())
    measure = session.scalars(of_measure).one_or_none()
    return [
        RetiredIndicator(indicator_draft(row), row.retired_at)
        for row in (measure.indicators if measure else ())
        if row.retired_at is not None
    ]


def stored_measure(session: Session, code: str) -> Measure | None:
    """Return the row whose code is that one, case apart, in force or not."""
    return next(
        (row for row in session.scalars(sa.select(Measure)) if folded(row.code) == folded(code)),
        None,
    )


def stored_indicator(session: Session, code: str) -> Indicator | None:
    """Return the row whose code is that one, case apart, in force or not."""
    return next(
        (row for row in session.scalars(sa.select(Indicator)) if folded(row.code) == folded(code)),
        None,
    )


def _measure(row: Measure, retired_at: datetime) -> RetiredMeasure:
    went_along = [one for one in row.indicators if one.retired_at == retired_at]
    axis = AxisDraft(row.axis.code, row.axis.title)
    return RetiredMeasure(measure_draft(row, went_along), axis, retired_at)
