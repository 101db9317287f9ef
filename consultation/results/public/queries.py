"""Queries of public snapshots: the measures that have one, and those of one measure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, defer, joinedload

from consultation.i18n import Localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Round
from consultation.results.models import Snapshot


@dataclass(frozen=True)
class PublicMeasure:
    """A measure (None: the tool) with public figures; `responses` is None where hidden."""

    measure: Measure | None
    title: Localized
    round: Mapping[str, Any]
    """Code and title of the round, as in the figures."""
    responses: int | None
    by_mail: int | None
    """Contributions by mail, not in `responses`; None where hidden or not yet counted apart."""
    taken_at: datetime
    public_id: str
    """Id of the snapshot."""
    earlier: Sequence["PublicMeasure"] = ()
    """The same measure in earlier rounds, the first one first."""


@dataclass(frozen=True)
class PublicRound:
    """A round with public figures of a measure."""

    code: str
    title: Localized
    taken_at: datetime


class PublicTotals(NamedTuple):
    """What is said in a round of the indicators of each axis and of the plan."""

    round: str
    """Code of the round."""
    title: Localized
    content: Mapping[str, Any]
    """Both numbers of a part are null where one is hidden."""


def measures(session: Session) -> Sequence[PublicMeasure]:
    """Return the measures with public figures, in the plan's order, the tool last.

    Each has its latest public round, with the earlier ones.  One query, which does not read the
    figures.
    """
    rows = session.execute(
        sa.select(
            Measure,
            Snapshot.public["title"],
            Snapshot.public["round"],
            Snapshot.public["responses"].as_integer(),
            Snapshot.public["responses_by_mail"].as_integer(),
            Snapshot.taken_at,
            Snapshot.public_id,
        )
        .select_from(Snapshot)
        .join(Round, Round.id == Snapshot.round_id)
        .outerjoin(Measure, Measure.id == Snapshot.measure_id)
        .outerjoin(Axis, Axis.id == Measure.axis_id)
        .where(*IS_PUBLIC)
        .options(contains_eager(Measure.axis))
        .order_by(Measure.id.is_(None), Measure.position, Measure.id, Round.opens_at, Round.id)
    )
    latest: dict[Measure | None, PublicMeasure] = {}
    for measure, *values in rows:
        before, here = latest.get(measure), PublicMeasure(measure, *values)
        if before is not None:
            here = replace(here, earlier=(*before.earlier, replace(before, earlier=())))
        latest[measure] = here
    return list(latest.values())


def contents(session: Session, public_ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the content of public snapshots by id; one query."""
    if not public_ids:
        return {}
    wanted = sa.select(Snapshot.public_id, Snapshot.public).where(
        Snapshot.public_id.in_(public_ids), *IS_PUBLIC
    )
    return dict(session.execute(wanted).all())


def wordings(session: Session) -> Iterator[tuple[Localized, Sequence[Localized]]]:
    """The titles of the measures with public figures, each with the texts of its indicators."""
    rows = session.execute(
        sa.select(Snapshot.public["title"], Snapshot.public["indicators"])
        .where(*IS_PUBLIC)
        .order_by(Snapshot.id)
    )
    for title, indicators in rows:
        yield title, [it["label"] for it in indicators]


def totals(session: Session) -> PublicTotals | None:
    """Return the public totals of the last round with figures; None without.

    They are not shown while a measure that they may count is withdrawn.
    """
    withdrawn = aliased(Snapshot)
    is_any_withdrawn = sa.exists().where(
        withdrawn.round_id == Snapshot.round_id,
        withdrawn.superseded_at.is_(None),
        withdrawn.withdrawn_at.is_not(None),
    )
    row = session.execute(
        sa.select(Round.code, Round.title, Snapshot.figures["totals"]["shown"])
        .join(Round, Round.id == Snapshot.round_id)
        .where(~is_any_withdrawn)
        .order_by(*LATEST_FIRST, Snapshot.id.desc())
        .limit(1)
    ).one_or_none()
    return PublicTotals(*row) if row and row[2] else None


def by_axis(measures: Iterable[PublicMeasure]) -> list[tuple[Axis, list[PublicMeasure]]]:
    """Group measures by axis, in the plan's order, without the tool.

    An axis whose measures are all retired keeps its position, which a new one may share.
    """
    grouped: dict[Axis, list[PublicMeasure]] = {}
    for public in measures:
        if public.measure is not None:
            grouped.setdefault(public.measure.axis, []).append(public)
    return sorted(grouped.items(), key=lambda item: (item[0].position, item[0].id))


def of_measure(
    session: Session, measure_id: int | None, round_code: str | None = None
) -> Snapshot | None:
    """Return the public snapshot of a measure, or of the tool, in a round.

    Without `round_code`, of the latest round that has one.
    """
    wanted = (
        sa.select(Snapshot)
        .join(Round, Round.id == Snapshot.round_id)
        .where(*_is_public_of(measure_id))
        .order_by(*LATEST_FIRST)
        .options(joinedload(Snapshot.measure).joinedload(Measure.axis), defer(Snapshot.figures))
    )
    if round_code is not None:
        wanted = wanted.where(Round.code == round_code)
    return session.scalars(wanted.limit(1)).first()


def rounds_of(session: Session, measure_id: int | None) -> Sequence[PublicRound]:
    """Return the rounds with public figures of a measure or of the tool, the latest first."""
    rounds = (
        sa.select(Round.code, Snapshot.public["round"]["title"], Snapshot.taken_at)
        .select_from(Snapshot)
        .join(Round, Round.id == Snapshot.round_id)
        .where(*_is_public_of(measure_id))
        .order_by(*LATEST_FIRST)
    )
    return [PublicRound(*row) for row in session.execute(rounds)]


def has_results(
    session: Session, measure_id: int | None = None, round_id: int | None = None
) -> bool:
    """Return whether any figures are public, or those of one measure or round."""
    wanted = sa.select(Snapshot.id).where(*IS_PUBLIC).limit(1)
    if measure_id is not None:
        wanted = wanted.where(Snapshot.measure_id == measure_id)
    if round_id is not None:
        wanted = wanted.where(Snapshot.round_id == round_id)
    return session.scalar(wanted) is not None


def measure_count(session: Session) -> int:
    """Return the number of measures with public figures, without the tool."""
    wanted = sa.select(sa.func.count(sa.distinct(Snapshot.measure_id))).where(*IS_PUBLIC)
    return session.scalar(wanted) or 0


def has_picture(session: Session, snapshot: Snapshot) -> bool:
    length = sa.select(sa.func.length(Snapshot.picture)).where(Snapshot.id == snapshot.id)
    return bool(session.scalar(length))


def picture_of(session: Session, public_id: str) -> bytes | None:
    """Return the preview image of a public snapshot; None without."""
    return session.scalar(
        sa.select(Snapshot.picture).where(Snapshot.public_id == public_id, *IS_PUBLIC)
    )


IS_PUBLIC = (Snapshot.superseded_at.is_(None), Snapshot.withdrawn_at.is_(None))
LATEST_FIRST = (Round.opens_at.desc(), Round.id.desc())


def _is_public_of(measure_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    is_it = (
        Snapshot.measure_id.is_(None) if measure_id is None else Snapshot.measure_id == measure_id
    )
    return (is_it, *IS_PUBLIC)
