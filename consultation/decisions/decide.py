"""Making of decisions: a decision stored once, drafts of it, and what makes one stale."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.decisions.models import (
    CHANGE_OF,
    DecisionBasis,
    DecisionDraft,
    DecisionOutcome,
    EditionDecision,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.oddities import OddDecision, Oddity, oddities
from consultation.decisions.recorded import is_in_force
from consultation.i18n import Localized
from consultation.moderation import visibility
from consultation.moderation.visibility import Audience, visible
from consultation.plan import apply
from consultation.plan.measurement.values import Measurement, as_json
from consultation.plan.models import Indicator, Measure
from consultation.plan.queries import IndicatorRetired
from consultation.responses.models import Answer
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class Subject:
    """What a decision is about: an indicator, or what is missing in a measure."""

    measure: Measure
    indicator: Indicator | None = None

    @property
    def code(self) -> str:
        """The code of the indicator, else of the measure."""
        return self.indicator.code if self.indicator else self.measure.code


@dataclass(frozen=True)
class Decision:
    """A decision as a form gives it; see `IndicatorDecision`.

    `answer_ids` are the texts that it rests on, `confirmed` the oddities of it that are meant.
    `seen` is the `state_of` that the form displayed,
    `supersedes` the public id of the decision that this one replaces.
    """

    outcome: DecisionOutcome
    reason: Localized
    seen: str
    code: str | None = None
    subject: Localized | None = None
    wording: Mapping[str, Localized | None] | None = None
    measurement: Measurement | None = None
    note: str = ""
    answer_ids: Sequence[int] = field(default=())
    supersedes: str | None = None
    confirmed: Collection[Oddity] = ()

    @property
    def change(self) -> IndicatorChange:
        """What it changes in the plan."""
        return CHANGE_OF[self.outcome]


class TextGone(Exception):
    """Some of the texts may not be read any more: masked, withheld, withdrawn or erased since."""


def current_decisions(session: Session, subject: Subject) -> Sequence[IndicatorDecision]:
    """Return the decisions on a subject that no other supersedes, the latest first."""
    return session.scalars(
        sa.select(IndicatorDecision)
        .where(_is_of(subject), is_in_force())
        .order_by(IndicatorDecision.id.desc())
    ).all()


def draft_of(session: Session, subject: Subject) -> DecisionDraft | None:
    """Return the decision in preparation on a subject."""
    if subject.indicator is not None:
        which = DecisionDraft.indicator_id == subject.indicator.id
    else:
        is_missing = DecisionDraft.indicator_id.is_(None)
        which = sa.and_(DecisionDraft.measure_id == subject.measure.id, is_missing)
    query = sa.select(DecisionDraft).where(which)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def state_of(session: Session, subject: Subject) -> str:
    """Return a mark that changes when somebody else decides, prepares, or rewords the indicator."""
    draft = draft_of(session, subject)
    decisions = [it.id for it in current_decisions(session, subject)]
    version = subject.indicator.version.id if subject.indicator else None
    return digest(version, decisions, (draft.fields, draft.saved_at) if draft else None)


def save_draft(work: Work, subject: Subject, fields: Mapping[str, Any], seen: str) -> DecisionDraft:
    """Save a decision in preparation; raise `StaleEdit` if the subject changed since `seen`."""
    _begin(work, subject, seen)
    draft = draft_of(work.session, subject)
    if draft is None:
        indicator_id = subject.indicator.id if subject.indicator else None
        draft = DecisionDraft(measure_id=subject.measure.id, indicator_id=indicator_id)
        work.session.add(draft)
    draft.fields, draft.saved_at, draft.account_id = dict(fields), work.at, work.actor.id
    work.session.flush()
    return draft


def discard_draft(work: Work, subject: Subject, seen: str) -> None:
    """Delete the decision in preparation; raise `StaleEdit` if it changed since `seen`."""
    _begin(work, subject, seen)
    draft = draft_of(work.session, subject)
    if draft is not None:
        work.session.delete(draft)


def decide(work: Work, subject: Subject, decision: Decision) -> IndicatorDecision:
    """Store a decision in place of its draft.

    Raise `StaleEdit`, `IndicatorRetired`, `TextGone` or `OddDecision`.
    On an indicator it supersedes the one in force.  On what is missing, several may stand.
    """
    _begin(work, subject, decision.seen)
    if subject.indicator is not None and subject.indicator.retired_at is not None:
        raise IndicatorRetired
    _check_texts(work.session, decision.answer_ids)
    _check_oddities(work.session, decision)
    former = _former(work.session, subject, decision)
    row = IndicatorDecision(
        measure_id=subject.measure.id,
        indicator_id=subject.indicator.id if subject.indicator else None,
        version_id=subject.indicator.version.id if subject.indicator else None,
        code=decision.code,
        subject=decision.subject,
        outcome=decision.outcome,
        change=decision.change,
        wording=dict(decision.wording) if decision.wording is not None else None,
        measurement=as_json(decision.measurement) if decision.measurement is not None else None,
        reason=decision.reason,
        note=decision.note,
        decided_at=work.at,
        account_id=work.actor.id,
        supersedes_id=former.id if former else None,
        basis=[DecisionBasis(answer_id=answer_id) for answer_id in sorted(decision.answer_ids)],
    )
    work.session.add(row)
    draft = draft_of(work.session, subject)
    if draft is not None:
        work.session.delete(draft)
    work.session.flush()
    _put_in_edition(work.session, row, former)
    details = {"outcome": decision.outcome.value}
    audit_log.log(work, "indicator_decided", subject.code, details)
    return row


def measures_named(session: Session) -> set[int]:
    """Return the ids of the measures on which somebody decided, or prepares a decision.

    An indicator may have been moved since: both its measures are named.
    """
    return {
        measure_id
        for named in (IndicatorDecision, DecisionDraft)
        for measure_ids in session.execute(
            sa.select(named.measure_id, Indicator.measure_id).outerjoin(
                Indicator, Indicator.id == named.indicator_id
            )
        )
        for measure_id in measure_ids
        if measure_id is not None
    }


def _is_of(subject: Subject) -> sa.ColumnElement[bool]:
    if subject.indicator is not None:
        return IndicatorDecision.indicator_id == subject.indicator.id
    of_measure = IndicatorDecision.measure_id == subject.measure.id
    return sa.and_(of_measure, IndicatorDecision.indicator_id.is_(None))


@needs(Permission.DECIDE)
def _begin(work: Work, subject: Subject, seen: str) -> None:
    """Wait for whoever edits the plan or decides; raise `NotAllowed` or `StaleEdit`."""
    apply.lock_plan(work.session)
    if subject.indicator is not None:
        work.session.refresh(subject.indicator)
        work.session.expire(subject.indicator, ["versions"])
    if state_of(work.session, subject) != seen:
        last = next(iter(current_decisions(work.session, subject)), None)
        draft = draft_of(work.session, subject)
        changed = max(
            ((it.account.email, at) for it, at in _moments(last, draft)),
            key=lambda pair: pair[1],
            default=(None, None),
        )
        raise StaleEdit("la décision", *changed)


def _moments(
    decision: IndicatorDecision | None, draft: DecisionDraft | None
) -> Sequence[tuple[IndicatorDecision | DecisionDraft, datetime]]:
    moments: list[tuple[IndicatorDecision | DecisionDraft, datetime]] = []
    moments += [(decision, decision.decided_at)] if decision else []
    moments += [(draft, draft.saved_at)] if draft else []
    return moments


def _check_texts(session: Session, answer_ids: Sequence[int]) -> None:
    rows = visibility.texts(session, Answer.id.in_(answer_ids), Answer.id)
    readable = {
        answer_id
        for row, (answer_id,) in rows
        if not row.is_gone and visible(row, Audience.ORGANISER) is not None
    }
    if set(answer_ids) - readable:
        raise TextGone


def _check_oddities(session: Session, decision: Decision) -> None:
    odd = oddities(session, decision.answer_ids)
    if set(odd) - set(decision.confirmed):
        raise OddDecision(odd)


def _former(session: Session, subject: Subject, decision: Decision) -> IndicatorDecision | None:
    current = current_decisions(session, subject)
    if subject.indicator is not None:
        return next(iter(current), None)
    return next((it for it in current if it.public_id == decision.supersedes), None)


def _put_in_edition(
    session: Session, decision: IndicatorDecision, former: IndicatorDecision | None
) -> None:
    """Let a decision take the place of the one that it supersedes in the edition in preparation."""
    if former is None:
        return
    unpublished = sa.select(PlanEdition.id).where(PlanEdition.published_at.is_(None))
    session.execute(
        sa.update(EditionDecision)
        .where(
            EditionDecision.decision_id == former.id,
            EditionDecision.edition_id.in_(unpublished),
        )
        .values(decision_id=decision.id)
    )
