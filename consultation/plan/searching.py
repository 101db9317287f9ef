"""Finds what of the plan is in force: its axes, its measures, one measure by its code."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from consultation.i18n import folded
from consultation.plan.models import Axis, Indicator, Measure
from consultation.sheets.cell_texts import CODE

_IS_IN_FORCE = Measure.retired_at.is_(None)


def measures(
    session: Session, *, query: str = "", axis: Axis | None = None, with_retired: bool = False
) -> list[Measure]:
    """Return the measures in force, or all of them, in the plan's order, each with its axis.

    Each word of `query` must stand, whatever accents and case, in the code, the titles, the
    summaries or the labels of the indicators in force.  One query; three to look into those.
    """
    words = list(dict.fromkeys(folded(query).split()))
    options = whole_measure() if words else (joinedload(Measure.axis),)
    which = sa.true() if with_retired else _IS_IN_FORCE
    return [one for one in _found(session, options, axis, which) if _holds(one, words)]


def whole_measures(session: Session) -> Sequence[Measure]:
    """Return the same measures with their indicators and versions, in three queries."""
    return _found(session, whole_measure())


def _found(
    session: Session,
    options: Sequence[ORMOption],
    axis: Axis | None = None,
    which: sa.ColumnElement[bool] = _IS_IN_FORCE,
) -> Sequence[Measure]:
    query = sa.select(Measure).where(which).options(*options)
    if axis is not None:
        query = query.where(Measure.axis_id == axis.id)
    return session.scalars(query.order_by(Measure.position, Measure.id)).all()


def measure_count(session: Session) -> int:
    """Return how many measures are in force."""
    return session.scalar(sa.select(sa.func.count(Measure.id)).where(_IS_IN_FORCE)) or 0


def indicator_counts(session: Session) -> dict[int, int]:
    """Return how many indicators in force each measure has, by its id; none is not there."""
    counted = (
        sa.select(Indicator.measure_id, sa.func.count())
        .where(Indicator.retired_at.is_(None))
        .group_by(Indicator.measure_id)
    )
    return dict(session.execute(counted).all())


def axes(session: Session) -> Sequence[Axis]:
    """Return the axes that have a measure in force, in the plan's order."""
    has_measures = sa.exists().where(Measure.axis_id == Axis.id, _IS_IN_FORCE)
    return session.scalars(
        sa.select(Axis).where(has_measures).order_by(Axis.position, Axis.id)
    ).all()


def measure_by_code(session: Session, code: str) -> Measure | None:
    """Return the measure of that code, retired or not; else the one that differs by case only.

    With all that its page shows: `bare_measure` is enough for who only needs to know which it is.
    """
    return _by_code(session, code, whole_measure())


def bare_measure(session: Session, code: str) -> Measure | None:
    """Return the same measure without its axis and indicators, in one query."""
    return _by_code(session, code, ())


def _by_code(session: Session, code: str, options: Sequence[ORMOption]) -> Measure | None:
    if not CODE.fullmatch(code):
        return None
    query = sa.select(Measure).where(sa.func.lower(Measure.code) == code.lower())
    found = session.scalars(query.options(*options)).all()
    exact = [measure for measure in found if measure.code == code]
    return next(iter(exact or found), None)


def indicators_in_force(measure: Measure) -> list[Indicator]:
    """Return the indicators of a measure that are not retired, in order."""
    return [indicator for indicator in measure.indicators if indicator.retired_at is None]


def whole_measure() -> tuple[ORMOption, ...]:
    """Return how to load measures with axis, indicators and versions, in three queries."""
    return (
        joinedload(Measure.axis),
        selectinload(Measure.indicators).selectinload(Indicator.versions),
    )


def _holds(measure: Measure, words: Sequence[str]) -> bool:
    if not words:
        return True
    localized_texts = [measure.title, measure.summary or {}]
    localized_texts += [indicator.version.label for indicator in indicators_in_force(measure)]
    texts = [measure.code, *(text for texts in localized_texts for text in texts.values())]
    haystack = folded("\n".join(texts))
    return all(word in haystack for word in words)
