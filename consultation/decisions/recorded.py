"""Recorded decisions: all of them, published or not, and the texts that each changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from consultation.decisions import basis
from consultation.decisions.basis import NOTHING, Basis
from consultation.decisions.models import (
    DecisionOutcome,
    EditionDecision,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.i18n import Localized, localized
from consultation.moderation.visibility import Audience
from consultation.plan.drafts import WORDING
from consultation.plan.models import Indicator, Measure
from consultation.plan.text_diff import TextChange


@dataclass(frozen=True)
class RecordedDecision:
    """A decision, the edition that published it if any, and what it rests on at this moment."""

    decision: IndicatorDecision
    edition: PlanEdition | None
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
        """Return the texts that the decision changed, by their name in `plan.drafts.WORDING`."""
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


def with_subject() -> Sequence[ORMOption]:
    """Return the options that load what a decision is about."""
    return (
        joinedload(IndicatorDecision.measure).joinedload(Measure.axis),
        joinedload(IndicatorDecision.indicator),
        joinedload(IndicatorDecision.version),
    )


def in_plan_order() -> Sequence[sa.SQLColumnExpression[Any]]:
    """Return the columns that sort decisions, joined to measure and indicator, as the plan does."""
    return (
        Measure.position,
        Measure.id,
        Indicator.position.is_(None),
        Indicator.position,
        IndicatorDecision.id,
    )


def edition_of_decision() -> sa.Select[int, int]:
    """Return the query of the decisions that are published, by id, with their edition's id."""
    return (
        sa.select(EditionDecision.decision_id, EditionDecision.edition_id)
        .join(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .where(PlanEdition.published_at.is_not(None))
    )


def superseded() -> sa.Select[int | None]:
    """Return the query of the ids of the decisions that another one supersedes."""
    later = aliased(IndicatorDecision)
    return sa.select(later.supersedes_id).where(later.supersedes_id.is_not(None))


def is_in_force() -> sa.ColumnElement[bool]:
    """Return the condition of a decision that no other supersedes, and that was not taken back."""
    return sa.and_(IndicatorDecision.id.not_in(superseded()), is_no_undo())


def is_no_undo() -> sa.ColumnElement[bool]:
    """Return the condition of a decision that is more than the end of another."""
    return IndicatorDecision.outcome != DecisionOutcome.REOPENED


def recorded_decisions(
    session: Session,
    which: sa.ColumnElement[bool],
    audience: Audience,
    quoted: sa.ColumnElement[bool],
) -> Sequence[RecordedDecision]:
    """Return decisions in the order of the plan, and of their making within an indicator.

    `which` may name the decision, its measure and indicator.  Only the texts of responses
    for which `quoted` holds are quoted; all are counted.
    """
    published = edition_of_decision().subquery()
    rows = session.execute(
        sa.select(IndicatorDecision, PlanEdition)
        .outerjoin(published, published.c.decision_id == IndicatorDecision.id)
        .outerjoin(PlanEdition, PlanEdition.id == published.c.edition_id)
        .join(Measure, Measure.id == IndicatorDecision.measure_id)
        .outerjoin(Indicator, Indicator.id == IndicatorDecision.indicator_id)
        .where(which, is_no_undo())
        .order_by(*in_plan_order())
        .options(*with_subject())
    ).all()
    bases = basis.bases(session, {decision.id for decision, _ in rows}, audience, quoted)
    return [
        RecordedDecision(decision, edition, bases.get(decision.id, NOTHING))
        for decision, edition in rows
    ]
