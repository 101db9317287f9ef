"""Decisions on proposed values: a person takes one over as a value, or sets it aside."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.inserts import insert_once
from consultation.db.stale import StaleEdit
from consultation.plan.models import Indicator
from consultation.plan.values import record
from consultation.plan.values.record import Report
from consultation.responses.models import Response
from consultation.responses.rights.erasure import Erased
from consultation.results.proposed_values import queries
from consultation.results.proposed_values.models import ProposedValueDecision
from consultation.results.proposed_values.queries import Proposal
from consultation.work.services import Work


def take_over(work: Work, public_id: str, code: str, report: Report) -> None:
    """Store a value made from a proposal.

    Raise `StaleEdit` where somebody decided on it or it is gone, or what `record.report` raises.
    """
    proposal = _waiting(work, public_id, code)
    indicator = work.session.get_one(Indicator, proposal.indicator_id)
    value = record.report(work, indicator, report)
    _decide(work, proposal, "proposed_value_taken", value_id=value.id)


def set_aside(work: Work, public_id: str, code: str, reason: str) -> None:
    """Set a proposal aside; raise `StaleEdit` where somebody decided on it or it is gone."""
    proposal = _waiting(work, public_id, code)
    _decide(work, proposal, "proposed_value_set_aside", reason=reason)


def put_back(work: Work, public_id: str, code: str) -> None:
    """Let a proposal that was set aside wait again; raise `StaleEdit` where it is not."""
    proposal = queries.find(work, public_id, code)
    decision = proposal.decision if proposal else None
    if proposal is None or decision is None or decision.value_id is not None:
        raise _stale(proposal)
    work.session.delete(decision)
    work.session.flush()
    audit_log.log(work, "proposed_value_put_back", proposal.code)


def erase_decisions(session: Session, forgotten: Erased) -> None:
    """Delete what was decided on the proposals of an erased respondent; values stay."""
    ids = sa.select(Response.id).where(Response.respondent_id == forgotten.respondent_id)
    session.execute(
        sa.delete(ProposedValueDecision).where(ProposedValueDecision.response_id.in_(ids)),
        execution_options={"synchronize_session": False},
    )


def _waiting(work: Work, public_id: str, code: str) -> Proposal:
    proposal = queries.find(work, public_id, code)
    if proposal is None or proposal.decision is not None:
        raise _stale(proposal)
    return proposal


def _decide(
    work: Work, proposal: Proposal, action: str, *, value_id: int | None = None, reason: str = ""
) -> None:
    row = {
        "response_id": proposal.response_id,
        "indicator_id": proposal.indicator_id,
        "value_id": value_id,
        "reason": reason,
        "decided_at": work.at,
        "account_id": work.actor.id,
    }
    if insert_once(work.session, ProposedValueDecision, row) is None:  # another one on PostgreSQL
        raise _stale(queries.find(work, proposal.public_id, proposal.code))
    audit_log.log(work, action, proposal.code)


def _stale(proposal: Proposal | None) -> StaleEdit:
    decision = proposal.decision if proposal else None
    if decision is None:
        return StaleEdit("la proposition")
    return StaleEdit("la proposition", decision.account.email, decision.decided_at)
