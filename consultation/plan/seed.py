"""Plan seed: the themes that come with the product, with example indicators."""

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure, Plan
from consultation.web.locale import with_translations

_SHIPPED = Path(__file__).with_name("seed.json")


class PlanNotEmpty(Exception):
    """The plan has measures already; the shipped themes are for an empty one only."""


def load_shipped(session: Session, at: datetime) -> Plan:
    """Store the shipped themes, marked as such, in a plan that is empty.

    Raise `PlanNotEmpty` when any measure is there, retired ones included.
    """
    if session.scalar(sa.select(sa.exists().select_from(Measure))):
        raise PlanNotEmpty
    plan = plan_followed(session)
    axis = Axis(plan_id=plan.id, position=1, **shipped()["axis"])
    session.add(axis)
    for position, theme in enumerate(shipped()["measures"], start=1):
        session.add(_measure(axis, position, theme, at))
    session.flush()
    return plan


def plan_followed(session: Session) -> Plan:
    """Return the plan that this installation follows, creating it when there is none yet."""
    plan = session.scalars(sa.select(Plan).order_by(Plan.id)).first()
    if plan is None:
        heading = shipped()["plan"]
        plan = Plan(
            title=heading["title"],
            starts_on=date.fromisoformat(heading["starts_on"]),
            ends_on=date.fromisoformat(heading["ends_on"]),
        )
        session.add(plan)
        session.flush()
    return plan


@cache
def shipped() -> dict[str, Any]:
    """Return the plan that ships, each of its texts in every language of the site."""
    content: dict[str, Any] = with_translations(json.loads(_SHIPPED.read_text("utf-8")))
    return content


def _measure(axis: Axis, position: int, theme: dict[str, Any], at: datetime) -> Measure:
    measure = Measure(
        axis=axis,
        code=theme["code"],
        title=theme["title"],
        summary=theme["summary"],
        lead=theme["lead"],
        tags=theme.get("tags"),
        position=position,
        is_shipped=True,
    )
    for rank, described in enumerate(theme["indicators"], start=1):
        wording = {name: text for name, text in described.items() if name != "code"}
        version = IndicatorVersion(number=1, created_at=at, **wording)
        measure.indicators.append(
            Indicator(code=described["code"], position=rank, is_shipped=True, versions=[version])
        )
    return measure
