"""Published decisions: what editions carried out, and what each rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.decisions import basis
from consultation.decisions.basis import NOTHING, Basis
from consultation.decisions.models import (
    EditionDecision,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.i18n import Localized, localized
from consultation.moderation.visibility import Audience
from consultation.plan.models import WORDING, Axis, Indicator, Measure
from consultation.plan.text_diff import TextChange


@dataclass(frozen=True)
class PublishedDecision:
    """A decision, the edition that published it, and what it rests on at this moment."""

    decision: IndicatorDecision
    edition: PlanEdition
    basis: Basis

    @property
    def measure(self) -> Measure:
        return self.decision.measure

    @property
    def code(self) -> str | None:
        """The code of the indicator, of the one that was added, or None for what is missing."""
        indicator = self.decision.indicator
        return indicator.code if indicator else self.decision.code

    @property
    def label(self) -> Localized:
        """The indicator as it was called, or what was missing."""
        if self.decision.version is not None:
            return self.decision.version.label
        wording = self.decision.wording or {}
        return self.decision.subject or wording.get("label") or self.decision.reason

    def texts(self, locale: str) -> Mapping[str, TextChange]:
        """Return the texts that the decision changed, by their name in `plan.models.WORDING`."""
        if self.decision.change not in (IndicatorChange.REWORD, IndicatorChange.ADD):
            return {}
        wording = self.decision.wording or {}
        changes = {
            name: TextChange(
                name,
                localized(getattr(self.decision.version, name, None), locale),
                localized(wording.get(name), locale),
            )
            for name in WORDING
        }
        return {name: it for name, it in changes.items() if it.before != it.after}


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
        .order_by(
            PlanEdition.number.desc(),
            Measure.position,
            Measure.id,
            Indicator.position.is_(None),
            Indicator.position,
            IndicatorDecision.id,
        )
        .options(
            joinedload(IndicatorDecision.measure).joinedload(Measure.axis),
            joinedload(IndicatorDecision.indicator),
            joinedload(IndicatorDecision.version),
        )
    ).all()
    bases = basis.bases(session, {decision.id for decision, _ in rows}, audience)
    return [
        PublishedDecision(decision, edition, bases.get(decision.id, NOTHING))
        for decision, edition in rows
    ]
