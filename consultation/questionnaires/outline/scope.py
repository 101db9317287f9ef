"""Scope of a section: how many forms have it, given the measures in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Axis, Indicator, Measure
from consultation.questionnaires.outline.structure import OutlineSection, Scope


@dataclass(frozen=True)
class MeasureInForce:
    """A measure in force, which has a form."""

    code: str
    title: Mapping[str, str]
    axis_code: str
    axis_title: Mapping[str, str]
    indicator_count: int


def measures_in_force(session: Session) -> list[MeasureInForce]:
    """Load the measures in force, in the order of the plan."""
    count = (
        sa.select(sa.func.count(Indicator.id))
        .where(Indicator.measure_id == Measure.id, Indicator.retired_at.is_(None))
        .correlate(Measure)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Measure.code, Measure.title, Axis.code, Axis.title, count)
        .join(Axis, Measure.axis_id == Axis.id)
        .where(Measure.retired_at.is_(None))
        .order_by(Axis.position, Axis.id, Measure.position, Measure.id)
    )
    return [MeasureInForce(*row) for row in rows]


def indicator_counts(measures: Sequence[MeasureInForce]) -> dict[str, int]:
    """Return the number of indicators of each measure, by code."""
    return {measure.code: measure.indicator_count for measure in measures}


def by_axis(
    measures: Sequence[MeasureInForce],
) -> list[tuple[Mapping[str, str], list[MeasureInForce]]]:
    """Group the measures under the title of their axis."""
    groups = groupby(measures, key=lambda measure: measure.axis_code)
    held = [list(group) for _code, group in groups]
    return [(group[0].axis_title, group) for group in held]


def form_count(section: OutlineSection, measures: Sequence[MeasureInForce]) -> int:
    """Count the forms with the section, that of the tool included."""
    on_measures = [
        measure
        for measure in measures
        if section.is_for(measure.code)
        and (section.scope is not Scope.INDICATOR or measure.indicator_count)
    ]
    return len(on_measures) + section.is_for(None)
