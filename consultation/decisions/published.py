"""Published decisions: what editions carried out, and what each rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from consultation.decisions import basis
from consultation.decisions.basis import NOTHING
from consultation.decisions.models import EditionDecision, IndicatorDecision, PlanEdition
from consultation.decisions.recorded import (
    RecordedDecision,
    edition_of_decision,
    in_plan_order,
    with_subject,
)
from consultation.moderation.visibility import Audience
from consultation.plan.models import Axis, Indicator, Measure


@dataclass(frozen=True)
class PublishedDecision(RecordedDecision):
    """A decision, the edition that published it, and what it rests on at this moment."""

    edition: PlanEdition


def published_decisions(
    session: Session,
    *,
    which: sa.ColumnElement[bool] | None = None,
    audience: Audience = Audience.PUBLIC,
) -> Sequence[PublishedDecision]:
    """Return the published decisions, the latest edition first and in the plan's order within.

    `which` may name the decision, its edition, measure, axis and indicator.  Four queries.
    """
    rows = _rows(session, sa.true() if which is None else which)
    bases = basis.bases(session, {decision.id for decision, _ in rows}, audience)
    return [
        PublishedDecision(decision, edition, bases.get(decision.id, NOTHING))
        for decision, edition in rows
    ]


def decisions_alone(
    session: Session, which: sa.ColumnElement[bool] | None = None
) -> Sequence[PublishedDecision]:
    """Return published decisions in that order as if they rested on nothing; one query."""
    return [
        PublishedDecision(decision, edition, NOTHING)
        for decision, edition in _rows(session, sa.true() if which is None else which)
    ]


def _rows(
    session: Session, which: sa.ColumnElement[bool]
) -> Sequence[sa.Row[IndicatorDecision, PlanEdition]]:
    return session.execute(
        sa.select(IndicatorDecision, PlanEdition)
        .join(EditionDecision, EditionDecision.decision_id == IndicatorDecision.id)
        .join(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .join(Measure, Measure.id == IndicatorDecision.measure_id)
        .join(Axis, Axis.id == Measure.axis_id)
        .outerjoin(Indicator, Indicator.id == IndicatorDecision.indicator_id)
        .where(PlanEdition.published_at.is_not(None), which)
        .order_by(PlanEdition.number.desc(), *in_plan_order())
        .options(*with_subject(), defer(PlanEdition.content))
    ).all()


def has_editions(session: Session) -> bool:
    query = sa.select(PlanEdition.id).where(PlanEdition.published_at.is_not(None)).limit(1)
    return session.scalar(query) is not None


def has_decisions(session: Session, measure_id: int) -> bool:
    published = edition_of_decision().subquery()
    query = (
        sa.select(IndicatorDecision.id)
        .join(published, published.c.decision_id == IndicatorDecision.id)
        .where(IndicatorDecision.measure_id == measure_id)
        .limit(1)
    )
    return session.scalar(query) is not None
