"""Making figures public that were prepared, and taking them back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts.audit import audit_log
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.models import Round
from consultation.results.models import Snapshot
from consultation.results.publication.prepare import Prepared, check
from consultation.results.tallies.queries import responses_by_measure
from consultation.web.permissions import Actor


class PublishedMeanwhile(Exception):
    """Somebody else published the same figures, or took them back, since these were prepared."""


def publish(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    prepared: Prepared,
    at: datetime,
) -> Snapshot:
    """Make public what was prepared; raise `PublishedMeanwhile`."""
    check(actor)
    _take_turn(session, consultation_round.id)
    last = session.scalars(
        _of(consultation_round.id, prepared.measure_id)
        .order_by(Snapshot.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    known = (last.id, last.withdrawn_at is not None) if last else (None, False)
    if known != (prepared.last_id, prepared.is_withdrawn):
        raise PublishedMeanwhile
    if last is not None:
        last.superseded_at = at
        session.flush()
    snapshot = Snapshot(
        round_id=consultation_round.id,
        measure_id=prepared.measure_id,
        taken_at=datetime.fromisoformat(prepared.shown["taken_at"]),
        published_at=at,
        published_by=actor.id,
        figures=prepared.figures,
        shown=prepared.shown,
    )
    session.add(snapshot)
    session.flush()
    details = {"round": consultation_round.code}
    audit_log.record(session, actor.id, "results_published", prepared.code, details, at=at)
    return snapshot


def withdraw(session: Session, actor: Actor, snapshot: Snapshot, at: datetime) -> None:
    """Take figures back from the public; they may be published again.

    Raise `PublishedMeanwhile` where others are public by now.
    """
    check(actor)
    _take_turn(session, snapshot.round_id)
    session.refresh(snapshot)
    if snapshot.superseded_at is not None:
        raise PublishedMeanwhile
    if snapshot.withdrawn_at is None:
        snapshot.withdrawn_at = at
        code = snapshot.measure.code if snapshot.measure else TOOL_CODE
        details = {"round": snapshot.round.code}
        audit_log.record(session, actor.id, "results_withdrawn", code, details, at=at)


def _take_turn(session: Session, round_id: int) -> None:
    """Let one at a time publish or take back what a round says; responses to it do not wait."""
    session.scalars(
        sa.select(Round.id).where(Round.id == round_id).with_for_update(key_share=True)
    ).one()


def standing(session: Session, round_id: int) -> dict[int | None, Snapshot]:
    """Return the last snapshot of each measure of a round (None: the tool), withdrawn or not."""
    found = session.scalars(
        sa.select(Snapshot)
        .where(Snapshot.round_id == round_id, Snapshot.superseded_at.is_(None))
        .options(sa.orm.defer(Snapshot.figures), sa.orm.defer(Snapshot.shown))
    )
    return {one.measure_id: one for one in found}


@dataclass(frozen=True)
class AllAtOnce:
    """Of which measures (None: the tool) figures are published together, and of which not."""

    published: frozenset[int | None]
    withdrawn: frozenset[int | None]
    """Taken back by somebody: they are published again one by one only."""


def all_at_once(session: Session, round_id: int) -> AllAtOnce:
    """Return of which measures of a round figures are published together, as it stands."""
    last = standing(session, round_id)
    withdrawn = frozenset(key for key, one in last.items() if one.withdrawn_at is not None)
    known = responses_by_measure(session, round_id).keys() | last.keys()
    return AllAtOnce(frozenset(known - withdrawn), withdrawn)


def standing_one(session: Session, round_id: int, measure_id: int | None) -> Snapshot | None:
    """Return the last snapshot of one measure of a round, withdrawn or not."""
    return session.scalars(
        _of(round_id, measure_id)
        .where(Snapshot.superseded_at.is_(None))
        .options(joinedload(Snapshot.measure), joinedload(Snapshot.round))
    ).one_or_none()


def _of(round_id: int, measure_id: int | None) -> sa.Select[Snapshot]:
    is_it = (
        Snapshot.measure_id.is_(None) if measure_id is None else Snapshot.measure_id == measure_id
    )
    return sa.select(Snapshot).where(Snapshot.round_id == round_id, is_it)
