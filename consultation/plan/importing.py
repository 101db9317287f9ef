"""Brings the stored plan to what a draft says, and tells what that changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.i18n import folded
from consultation.mail import pacing
from consultation.plan.changes import Changes, PlanChanges, describe
from consultation.plan.drafts import AxisDraft, PlanDraft
from consultation.plan.models import Axis, Measure, Plan
from consultation.plan.placing import Placing, change, edit
from consultation.plan.searching import whole_measure
from consultation.plan.shipping import plan_followed

__all__ = ["PlanChanges", "apply", "describe", "hold", "remove_measure"]


def hold(session: Session) -> None:
    """Let one transaction at a time read the plan, to change it or to make forms of it."""
    pacing.lock(session, keyring.blind_index("lock", "plan"))


def apply(session: Session, draft: PlanDraft, at: datetime) -> PlanChanges:
    """Make the plan in force that of `draft`, whose codes are all distinct, case apart.

    Measures and indicators are found again by their code, whatever its case.  What a measure
    says is edited in place; an indicator whose wording changes gets a new version, and one that
    stands under another measure moves there with all that was answered to it.  What the draft
    lacks is retired at `at`, and what comes back is in force again.  What the draft names is
    marked as shipped only where the draft says so.  Axes that no measure refers to are deleted.

    Flushes and never commits: to preview an import, apply it and roll back.
    """
    plan = plan_followed(session)
    changes = PlanChanges(unread=draft.unread)
    axis_by_code = _put_axes(session, plan, draft, changes.axes)
    placing = Placing(session, _stored_measures(session), changes, at)
    placing.put_measures(draft.measures, axis_by_code)
    placing.put_indicators()
    placing.retire_absent()
    session.flush()
    placing.tell_measures()
    _delete_empty_axes(session, plan, changes.axes)
    return changes


def remove_measure(session: Session, measure: Measure) -> None:
    """Delete a measure with its indicators, versions and statuses, and an axis left without any.

    For a measure that no questionnaire refers to; the foreign keys refuse any other.
    """
    plan = session.get_one(Plan, measure.axis.plan_id)
    for indicator in measure.indicators:
        for version in indicator.versions:
            session.delete(version)
        session.delete(indicator)
    for status in measure.statuses:
        session.delete(status)
    session.delete(measure)
    session.flush()
    _delete_empty_axes(session, plan, Changes())


def _stored_measures(session: Session) -> Sequence[Measure]:
    """Return all measures as the database has them, whatever the session had read before."""
    query = sa.select(Measure).order_by(Measure.position, Measure.id).options(*whole_measure())
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _put_axes(
    session: Session, plan: Plan, draft: PlanDraft, changes: Changes
) -> Mapping[str, Axis]:
    """Return the row of each axis by the code that the draft's measures name."""
    stored = session.scalars(sa.select(Axis).where(Axis.plan_id == plan.id))
    stored_by_code = {folded(axis.code): axis for axis in stored}
    axis_by_code = {}
    for position, described in enumerate(draft.axes, start=1):
        axis = stored_by_code.get(folded(described.code))
        if axis is None:
            axis = _new_axis(session, plan, described, changes)
        else:
            fields = edit(axis, code=described.code, title=described.title)
            changes.add(change(described.code, described.title, fields))
        axis.position = position
        axis_by_code[described.code] = axis
    return axis_by_code


def _new_axis(session: Session, plan: Plan, described: AxisDraft, changes: Changes) -> Axis:
    axis = Axis(plan_id=plan.id, code=described.code, title=described.title, position=0)
    session.add(axis)
    changes.new.append(change(described.code, described.title))
    return axis


def _delete_empty_axes(session: Session, plan: Plan, changes: Changes) -> None:
    is_empty = ~sa.exists().where(Measure.axis_id == Axis.id)
    empty = sa.select(Axis).where(Axis.plan_id == plan.id, is_empty).order_by(Axis.position)
    for axis in session.scalars(empty):
        changes.absent.append(change(axis.code, axis.title))
        session.delete(axis)
    session.flush()
