"""Published decisions: what editions carried out, and what each rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions import basis
from consultation.decisions.basis import NOTHING
from consultation.decisions.models import EditionDecision, IndicatorDecision, PlanEdition
from consultation.decisions.recorded import RecordedDecision, in_plan_order, with_subject
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
    rows = session.execute(
        sa.select(IndicatorDecision, PlanEdition)
        .join(EditionDecision, EditionDecision.decision_id == IndicatorDecision.id)
        .join(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .join(Measure, Measure.id == IndicatorDecision.measure_id)
        .join(Axis, Axis.id == Measure.axis_id)
        .outerjoin(Indicator, Indicator.id == IndicatorDecision.indicator_id)
        .where(PlanEdition.published_at.is_not(None), sa.true() if which is None else which)
        .order_by(PlanEdition.number.desc(), *in_plan_order())
        .options(*with_subject())
    ).all()
    bases = basis.bases(session, {decision.id for decision, _ in rows}, audience)
    return [
        PublishedDecision(decision, edition, bases.get(decision.id, NOTHING))
        for decision, edition in rows
    ]
