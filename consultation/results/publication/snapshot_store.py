"""Storage of snapshots: publish prepared figures, withdraw them, find the current ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.db.permanent_rows import TrialRefused
from consultation.db.stale import StaleEdit
from consultation.plan.models import Axis, Measure
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.models import Round
from consultation.results.indicators import summary
from consultation.results.models import Snapshot
from consultation.results.publication import totals
from consultation.results.publication.prepare import Prepared
from consultation.results.tallies.queries import responses_by_measure
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

FIGURES = "la publication de ces chiffres"


@needs(Permission.PUBLISH_RESULTS)
def publish(work: Work, consultation_round: Round, prepared: Prepared) -> Snapshot:
    """Publish prepared figures; raise `StaleEdit` where some were published or withdrawn since.

    Raise `TrialRefused` for a round that is only tried out.
    """
    if consultation_round.is_trial:
        raise TrialRefused
    _lock_round(work.session, consultation_round.id)
    last = work.session.scalars(
        _of(consultation_round.id, prepared.measure_id)
        .order_by(Snapshot.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    current_state = (last.id, last.withdrawn_at is not None) if last else (None, False)
    if current_state != (prepared.last_id, prepared.is_withdrawn):
        raise _stale(work.session, last)
    if last is not None:
        last.superseded_at = work.at
        work.session.flush()
    snapshot = _snapshot(work, consultation_round, prepared)
    work.session.add(snapshot)
    work.session.flush()
    details = {"round": consultation_round.code}
    audit_log.log(work, "results_published", prepared.code, details)
    return snapshot


def publish_all(
    work: Work, consultation_round: Round, prepared: Sequence[Prepared], small: int
) -> list[Snapshot]:
    """Publish the figures of measures, then the totals of the round as far as they are safe.

    Raise as `publish` does.
    """
    made = [publish(work, consultation_round, each) for each in prepared]
    if made:
        _add_totals(work.session, made[-1], small)
    return made


def _add_totals(session: Session, last: Snapshot, small: int) -> None:
    """Add the totals of the round to its last snapshot: new ones, or those of before."""
    rows = session.execute(
        sa.select(
            Snapshot.figures["opinions"],
            Snapshot.figures["totals"],
            sa.and_(Snapshot.superseded_at.is_(None), Snapshot.withdrawn_at.is_(None)),
        )
        .where(Snapshot.round_id == last.round_id)
        .order_by(Snapshot.id)
    ).all()
    opinions = {
        code: totals.opinion_from(stored)
        for of_measure, _totals, is_public in rows
        for code, stored in ((of_measure or {}) if is_public else {}).items()
    }
    before = [of_round for _opinions, of_round, _is_public in rows if of_round]
    made = totals.decided(opinions, [totals.from_json(it) for it in before], small)
    last.figures = {**last.figures, "totals": _stored(session, made, last) if made else before[-1]}
    session.flush()


def _stored(session: Session, made: totals.Totals, last: Snapshot) -> dict[str, Any]:
    axes = sa.select(Axis.code, Axis.title).order_by(Axis.position, Axis.id)
    titles = dict(session.execute(axes).all())
    return totals.as_json(made) | {
        "shown": totals.public_json(made, titles, last.public["taken_at"])
    }


def _snapshot(work: Work, of_round: Round, prepared: Prepared) -> Snapshot:
    return Snapshot(
        round_id=of_round.id,
        measure_id=prepared.measure_id,
        taken_at=datetime.fromisoformat(prepared.public["taken_at"]),
        published_at=work.at,
        published_by=work.actor.id,
        figures=prepared.figures,
        public=prepared.public,
    )


@needs(Permission.PUBLISH_RESULTS)
def withdraw(work: Work, snapshot: Snapshot) -> None:
    """Withdraw a snapshot from the public; its figures may be published again.

    Raise `StaleEdit` where a later snapshot has superseded it.
    """
    _lock_round(work.session, snapshot.round_id)
    work.session.refresh(snapshot)
    if snapshot.superseded_at is not None:
        raise _stale(work.session, current(work.session, snapshot.round_id, snapshot.measure_id))
    if snapshot.withdrawn_at is None:
        snapshot.withdrawn_at = work.at
        code = snapshot.measure.code if snapshot.measure else TOOL_CODE
        details = {"round": snapshot.round.code}
        audit_log.log(work, "results_withdrawn", code, details)


def _lock_round(session: Session, round_id: int) -> None:
    """Lock a round against other publications and withdrawals; responses do not wait."""
    session.scalars(
        sa.select(Round.id).where(Round.id == round_id).with_for_update(key_share=True)
    ).one()


def current_by_measure(session: Session, round_id: int) -> dict[int | None, Snapshot]:
    """Return the last snapshot of each measure of a round (None: the tool), withdrawn or not."""
    snapshots = session.scalars(
        sa.select(Snapshot)
        .where(Snapshot.round_id == round_id, Snapshot.superseded_at.is_(None))
        .options(sa.orm.defer(Snapshot.figures), sa.orm.defer(Snapshot.public))
    )
    return {snapshot.measure_id: snapshot for snapshot in snapshots}


@dataclass(frozen=True)
class BulkMeasures:
    """Measures (None: the tool) that are published together, and those that are not."""

    published: frozenset[int | None]
    withdrawn: frozenset[int | None]
    """Withdrawn: published again from their preview only."""


def bulk_measures(session: Session, round_id: int) -> BulkMeasures:
    """Return the measures of a round that a publication of all figures has, and has not."""
    last = current_by_measure(session, round_id)
    withdrawn = frozenset(key for key, it in last.items() if it.withdrawn_at is not None)
    measures = responses_by_measure(session, round_id).keys() | last.keys()
    return BulkMeasures(frozenset(measures - withdrawn), withdrawn)


def current(session: Session, round_id: int, measure_id: int | None) -> Snapshot | None:
    """Return the last snapshot of one measure of a round, withdrawn or not."""
    return session.scalars(
        _of(round_id, measure_id)
        .where(Snapshot.superseded_at.is_(None))
        .options(joinedload(Snapshot.measure), joinedload(Snapshot.round))
    ).one_or_none()


def mislabelled(session: Session) -> list[str]:
    """Return the codes of measures whose public figures name an indicator by another wording.

    Not by the one that most answers are about: they were published before that was looked at.
    """
    rows = session.execute(
        sa.select(Snapshot.round_id, Measure.code, Snapshot.public["indicators"])
        .join(Measure, Measure.id == Snapshot.measure_id)
        .where(Snapshot.superseded_at.is_(None), Snapshot.withdrawn_at.is_(None))
        .order_by(Measure.position, Measure.id)
    ).all()
    answered = {
        round_id: {it.code: it.label for it in summary.subjects(session, round_id) if it.wordings}
        for round_id in {row[0] for row in rows}
    }
    return [
        code
        for round_id, code, indicators in rows
        if any(answered[round_id].get(it["code"], it["label"]) != it["label"] for it in indicators)
    ]


def _stale(session: Session, last: Snapshot | None) -> StaleEdit:
    if last is None or last.withdrawn_at is not None:
        return StaleEdit(FIGURES, at=last.withdrawn_at if last else None)
    by = session.scalar(sa.select(Account.email).where(Account.id == last.published_by))
    return StaleEdit(FIGURES, by, last.published_at)


def _of(round_id: int, measure_id: int | None) -> sa.Select[Snapshot]:
    is_it = (
        Snapshot.measure_id.is_(None) if measure_id is None else Snapshot.measure_id == measure_id
    )
    return sa.select(Snapshot).where(Snapshot.round_id == round_id, is_it)
