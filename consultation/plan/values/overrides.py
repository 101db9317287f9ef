"""A person's word for the progress of an indicator, in place of the rule's, with a reason.

It stands until another value is noted or taken back, and never across a break of the series.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.plan import apply
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values.models import IndicatorValue, Progress, ProgressOverride
from consultation.plan.values.record import series_of
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


def current(session: Session, indicators: Sequence[Indicator]) -> Mapping[int, ProgressOverride]:
    """Return by indicator the word that stands, in two queries."""
    by_id = {it.id: it for it in indicators}
    stated: dict[int, ProgressOverride] = {}
    last_noted = _last_noted(session, by_id)
    for row in _rows(session, by_id):
        indicator = by_id[row.version.indicator_id]
        stated.pop(indicator.id, None)
        series = series_of(indicator)
        is_of_series = series[row.indicator_version_id] == series[indicator.version.id]
        noted = last_noted.get(indicator.id)
        if row.progress is not None and is_of_series and not (noted and noted > row.created_at):
            stated[indicator.id] = row
    return stated


@needs(Permission.PUBLISH_VALUES)
def override(
    work: Work, indicator: Indicator, progress: Progress | None, reason: str, seen_id: int | None
) -> None:
    """Say a word for an indicator, None to give the word back to the rule.

    `seen_id` is the word that stood when the person decided; raise `StaleEdit` where another does,
    `IndicatorRetired` or `NotAllowed`.
    """
    apply.lock_plan(work.session)
    work.session.refresh(indicator)
    if indicator.retired_at is not None:
        raise IndicatorRetired
    before = current(work.session, [indicator]).get(indicator.id)
    if (before.id if before else None) != seen_id:
        raise StaleEdit("l'avancement")
    work.session.add(
        ProgressOverride(
            indicator_version_id=indicator.version.id,
            progress=progress,
            reason=reason,
            created_at=work.at,
            account_id=work.actor.id,
        )
    )
    work.session.flush()
    details = {"progress": progress.value if progress else None}
    audit_log.log(work, "progress_overridden", indicator.code, details)


def _rows(session: Session, by_id: Mapping[int, Indicator]) -> Sequence[ProgressOverride]:
    return session.scalars(
        sa.select(ProgressOverride)
        .join(ProgressOverride.version)
        .where(IndicatorVersion.indicator_id.in_(by_id))
        .order_by(ProgressOverride.id)
    ).all()


def _last_noted(session: Session, by_id: Mapping[int, Indicator]) -> Mapping[int, datetime]:
    """Return by indicator when a value was last noted, corrected or taken back."""
    rows = session.execute(
        sa.select(IndicatorVersion.indicator_id, sa.func.max(IndicatorValue.created_at))
        .join(IndicatorValue.version)
        .where(IndicatorVersion.indicator_id.in_(by_id))
        .group_by(IndicatorVersion.indicator_id)
    )
    return dict(rows.all())
