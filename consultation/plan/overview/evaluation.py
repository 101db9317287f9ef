"""Evaluation of the plan: whether the team does it, or only makes the indicators more precise."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import SiteSwitch, Switch
from consultation.db.base import Base
from consultation.plan.models import MeasureStatus
from consultation.plan.values.models import IndicatorValue

_traces: list[type[Base]] = [IndicatorValue, MeasureStatus]


def register_trace(model: type[Base]) -> None:
    """Take a row of that table as a sign that the plan is evaluated."""
    if model not in _traces:
        _traces.append(model)


def is_evaluated(session: Session) -> bool:
    """Return whether the team said that it evaluates the plan, or has begun to."""
    switch = sa.exists(sa.select(SiteSwitch.name).where(SiteSwitch.name == Switch.EVALUATION))
    return bool(session.scalar(sa.select(sa.or_(switch, _any_trace()))))


def has_begun(session: Session) -> bool:
    """Return whether there is a judgement, a value, or what another package registered."""
    return bool(session.scalar(sa.select(_any_trace())))


def _any_trace() -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.exists(sa.select(sa.literal(1)).select_from(model)) for model in _traces))
