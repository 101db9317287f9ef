"""Several indicators retired, moved or brought back at once, and the act taken back.

The audit log has the places that the indicators had, from which they are restored.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent
from consultation.plan import drafts, queries
from consultation.plan.drafts import PlanDraft, indicator_draft
from consultation.work.services import Work


class IndicatorAct(enum.StrEnum):
    """What is done with several indicators; the values are those of the buttons."""

    RETIRE = "retirer"
    MOVE = "deplacer"
    BRING_BACK = "remettre"


def changed(
    session: Session, draft: PlanDraft, act: IndicatorAct, codes: Sequence[str], measure: str
) -> PlanDraft:
    """Return the plan after an act; what is not there any more is left out."""
    if act is IndicatorAct.RETIRE:
        return drafts.retire_indicators(draft, codes)
    if act is IndicatorAct.MOVE:
        in_force = [
            it
            for owner in draft.measures
            if owner.code != measure
            for it in owner.indicators
            if it.code in codes
        ]
        return drafts.gather_indicators(draft, measure, in_force)
    for row in queries.restorable_indicators(session):
        if row.code in codes:
            back = [indicator_draft(row)]
            draft = drafts.gather_indicators(draft, row.measure.code, back)
    return draft


def difference(before: PlanDraft, after: PlanDraft) -> dict[str, Any]:
    """Return the indicators that changed place, and the order that their measures had."""
    was, became = _places(before), _places(after)
    order = {code: listed for code, listed in was.items() if listed != became[code]}
    owner_before, owner_after = _owners(was), _owners(became)
    moved = [
        code
        for code in owner_before | owner_after
        if owner_before.get(code) != owner_after.get(code)
    ]
    return {"indicators": moved, "order": order}


def _owners(places: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {code: measure for measure, listed in places.items() for code in listed}


def _places(draft: PlanDraft) -> dict[str, list[str]]:
    return {it.code: [indicator.code for indicator in it.indicators] for it in draft.measures}


def restored(
    session: Session, draft: PlanDraft, codes: Sequence[str], order: Mapping[str, Sequence[str]]
) -> PlanDraft:
    """Return the plan with the measures of `order` as they were."""
    known = {it.code: it for measure in draft.measures for it in measure.indicators}
    retired = {row.code: row for row in queries.restorable_indicators(session)}
    known |= {code: indicator_draft(retired[code]) for code in codes if code in retired}
    by_measure = {
        measure: [known[code] for code in listed if code in known]
        for measure, listed in order.items()
    }
    return drafts.with_indicators(draft, by_measure)


def undoable(work: Work) -> AuditEvent | None:
    """Return the last change of the plan, if it is an act of the actor on several indicators."""
    event = work.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action.in_(("plan_changed", "plan_imported")))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    is_own = event is not None and event.account_id == work.actor.id
    return event if event is not None and is_own and "order" in (event.details or {}) else None
