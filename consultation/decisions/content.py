"""Frozen content of an edition: axes, measures and indicators as they stand, as plain JSON.

It holds texts of organisers only, by language, and never one of a respondent.
"""

from typing import Any

from sqlalchemy.orm import Session

from consultation.plan import queries
from consultation.plan.drafts import WORDING
from consultation.plan.measurement.values import as_json, measurement_of
from consultation.plan.models import Axis, Indicator, Measure, MeasureStatus
from consultation.plan.queries import indicators_in_force
from consultation.plan.seed import plan_followed
from consultation.plan.statuses.assessments import assessment_of, latest
from consultation.records.fields import public_json

FORMAT = 1
"""The version of the shape, for readers of older editions."""


def frozen(session: Session) -> dict[str, Any]:
    """Return the plan in force: `{"plan": …, "axes": [{…, "measures": [{…, "indicators": […]}]}]}`.

    Texts are by language, days in ISO 8601.
    """
    axes: dict[int, dict[str, Any]] = {}
    for measure in queries.whole_measures(session):
        axis = axes.setdefault(measure.axis_id, _axis(measure.axis))
        axis["measures"].append(_measure(measure))
    return {
        "format": FORMAT,
        "plan": {"title": plan_followed(session).title},
        "axes": list(axes.values()),
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {"code": axis.code, "title": axis.title, "measures": []}


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "code": measure.code,
        "title": measure.title,
        "summary": measure.summary,
        "lead": measure.lead,
        "is_shipped": measure.is_shipped,
        "assessments": [assessment_json(it) for it in latest(measure.statuses).values()],
        "indicators": [_indicator(it) for it in indicators_in_force(measure)],
    }


def assessment_json(status: MeasureStatus) -> dict[str, Any]:
    return public_json(assessment_of(status))


def _indicator(indicator: Indicator) -> dict[str, Any]:
    version = indicator.version
    return {
        "code": indicator.code,
        "version": version.number,
        "is_shipped": indicator.is_shipped,
        **{name: getattr(version, name) for name in WORDING},
        "measurement": as_json(measurement_of(version)),
    }
