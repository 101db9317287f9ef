"""Publishing figures: what would be public now, making it so, and taking it back.

What is published is read at one instant, outside any write; so is all that takes time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts import auditing
from consultation.questionnaires.models import Round
from consultation.results import counting
from consultation.results.cells import Cells, of_measures
from consultation.results.figures import figures_of
from consultation.results.instant import one_instant
from consultation.results.models import Snapshot
from consultation.results.public_figures import (
    cells_read,
    cells_written,
    public_figures,
)
from consultation.results.public_statistics import statistics_of
from consultation.results.reading import responses_by_measure
from consultation.results.reported import Reported, reported
from consultation.results.small_cells import TOTAL, Publication, publishable
from consultation.web.permissions import Actor, NotAllowed, Permission

TOOL_CODE = "outil"
"""What stands for the tool as a whole where a measure's code would."""


class PublishedMeanwhile(Exception):
    """Somebody else published the same figures, or took them back, since these were prepared."""


@dataclass(frozen=True)
class Prepared:
    """What would be public of one measure (None: the tool), and what it was compared with."""

    measure_id: int | None
    code: str
    responses: int
    shown: dict[str, Any]
    figures: dict[str, Any]
    hidden_count: int
    last_id: int | None
    is_withdrawn: bool
    """Whether what was published last is taken back."""


@dataclass
class _Earlier:
    """The publications of one measure until now, the earliest first."""

    publications: list[Publication] = field(default_factory=list)
    statistics: list[Mapping[str, dict[str, Any]]] = field(default_factory=list)
    last_id: int | None = None
    is_withdrawn: bool = False


def prepare(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    small: int,
    at: datetime,
    measures: Collection[int | None] | None = None,
) -> list[Prepared]:
    """Return what would be public now of the measures of a round, or of those named."""
    check(actor)
    with one_instant(session) as instant:
        by_measure = reported(instant, consultation_round.id, measures)
        cells = _by_measure(counting.count(instant, consultation_round.id, measures=measures))
        earlier = _earlier(instant, consultation_round.id, measures)
        return [
            _prepared(consultation_round, one, cells[key], earlier[key], small, at)
            for key, one in by_measure.items()
        ]


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
    auditing.record(session, actor.id, "results_published", prepared.code, details, at=at)
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
        auditing.record(session, actor.id, "results_withdrawn", code, details, at=at)


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


def check(actor: Actor) -> None:
    """Raise `NotAllowed` unless `actor` may publish figures."""
    if not actor.may(Permission.PUBLISH_RESULTS):
        raise NotAllowed(Permission.PUBLISH_RESULTS)


def _of(round_id: int, measure_id: int | None) -> sa.Select[Snapshot]:
    is_it = (
        Snapshot.measure_id.is_(None) if measure_id is None else Snapshot.measure_id == measure_id
    )
    return sa.select(Snapshot).where(Snapshot.round_id == round_id, is_it)


def _prepared(
    consultation_round: Round,
    one: Reported,
    cells: Cells,
    earlier: _Earlier,
    small: int,
    at: datetime,
) -> Prepared:
    figures = figures_of(one, cells)
    publication = publishable(figures.counts, earlier.publications, small, figures.together)
    last = earlier.statistics[-1] if earlier.statistics else {}
    statistics = statistics_of(one, figures, publication, last, small)
    return Prepared(
        one.measure.id if one.measure else None,
        one.measure.code if one.measure else TOOL_CODE,
        figures.counts[TOTAL],
        public_figures(
            consultation_round, one.public(), publication, statistics, small=small, at=at
        ),
        {"cells": cells_written(publication), "statistics": statistics},
        sum(count is None for count in publication.shown.values()),
        earlier.last_id,
        earlier.is_withdrawn,
    )


def _by_measure(cells: Cells) -> Mapping[int | None, Cells]:
    found: dict[int | None, Cells] = defaultdict(Counter)
    for cell, count in cells.items():
        found[cell.measure_id][cell] = count
    return found


def _earlier(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> Mapping[int | None, _Earlier]:
    rows: Sequence[Any] = session.execute(
        sa.select(Snapshot.id, Snapshot.withdrawn_at, Snapshot.measure_id, Snapshot.figures)
        .where(Snapshot.round_id == round_id, *of_measures(measures, Snapshot.measure_id))
        .order_by(Snapshot.id)
    ).all()
    found: dict[int | None, _Earlier] = defaultdict(_Earlier)
    for snapshot_id, withdrawn_at, measure_id, figures in rows:
        one = found[measure_id]
        one.publications.append(cells_read(figures["cells"]))
        one.statistics.append(figures["statistics"])
        one.last_id, one.is_withdrawn = snapshot_id, withdrawn_at is not None
    return found
