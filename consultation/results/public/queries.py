"""What visitors find of the figures: the measures that have some, and those of one measure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from consultation.i18n import Localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Round
from consultation.results.models import Snapshot


@dataclass(frozen=True)
class Listed:
    """A measure (None: the tool) of which figures are public; `responses` is None where hidden."""

    measure: Measure | None
    title: Localized
    round: Mapping[str, Any]
    """Its code and title, as the figures name them."""
    responses: int | None
    by_mail: int | None
    """How many came by mail besides; None as well in figures that did not count them apart."""
    taken_at: datetime
    earlier: Sequence["Listed"] = ()
    """The same of the rounds before, the first one first."""


@dataclass(frozen=True)
class RoundTold:
    """A round of which the figures of a measure are public, as those name it."""

    code: str
    title: Localized
    taken_at: datetime


def listed(session: Session) -> Sequence[Listed]:
    """Return every measure with public figures, in the plan's order and the tool last.

    Of several rounds the latest that is public, with the earlier ones.  One query, which does not
    read the figures.
    """
    rows = session.execute(
        sa.select(
            Measure,
            Snapshot.shown["title"],
            Snapshot.shown["round"],
            Snapshot.shown["responses"].as_integer(),
            Snapshot.shown["responses_by_mail"].as_integer(),
            Snapshot.taken_at,
        )
        .select_from(Snapshot)
        .join(Round, Round.id == Snapshot.round_id)
        .outerjoin(Measure, Measure.id == Snapshot.measure_id)
        .outerjoin(Axis, Axis.id == Measure.axis_id)
        .where(*IS_PUBLIC)
        .options(contains_eager(Measure.axis))
        .order_by(Measure.id.is_(None), Measure.position, Measure.id, Round.opens_at, Round.id)
    )
    latest: dict[Measure | None, Listed] = {}
    for measure, *said in rows:
        before, here = latest.get(measure), Listed(measure, *said)
        if before is not None:
            here = replace(here, earlier=(*before.earlier, replace(before, earlier=())))
        latest[measure] = here
    return list(latest.values())


def by_axis(listed: Iterable[Listed]) -> list[tuple[Axis, list[Listed]]]:
    """Return the measures of each axis, in the plan's order, and the tool nowhere.

    An axis whose measures are all retired keeps its place, which a new one may have as well.
    """
    found: dict[Axis, list[Listed]] = {}
    for one in listed:
        if one.measure is not None:
            found.setdefault(one.measure.axis, []).append(one)
    return sorted(found.items(), key=lambda item: (item[0].position, item[0].id))


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


def rounds_of(session: Session, measure_id: int | None) -> Sequence[RoundTold]:
    """Return the rounds of which figures of a measure, or of the tool, are public; latest first."""
    told = (
        sa.select(Round.code, Snapshot.shown["round"]["title"], Snapshot.taken_at)
        .select_from(Snapshot)
        .join(Round, Round.id == Snapshot.round_id)
        .where(*_is_public_of(measure_id))
        .order_by(*LATEST_FIRST)
    )
    return [RoundTold(*row) for row in session.execute(told)]


def exist(session: Session, measure_id: int | None = None) -> bool:
    """Say whether any figures are public, or those of one measure."""
    wanted = sa.select(Snapshot.id).where(*IS_PUBLIC).limit(1)
    if measure_id is not None:
        wanted = wanted.where(Snapshot.measure_id == measure_id)
    return session.scalar(wanted) is not None


def measure_count(session: Session) -> int:
    """Return of how many measures, the tool apart, figures are public."""
    wanted = sa.select(sa.func.count(sa.distinct(Snapshot.measure_id))).where(*IS_PUBLIC)
    return session.scalar(wanted) or 0


def has_picture(session: Session, snapshot: Snapshot) -> bool:
    """Say whether the picture of a snapshot is drawn."""
    length = sa.select(sa.func.length(Snapshot.picture)).where(Snapshot.id == snapshot.id)
    return bool(session.scalar(length))


def picture_of(session: Session, public_id: str) -> bytes | None:
    """Return the picture of a public snapshot, or None."""
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
