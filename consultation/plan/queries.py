"""Plan queries: measures, indicators and versions, in force or retired."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from consultation.i18n import DEFAULT_LOCALE, LOCALES, NAMES, folded, localized
from consultation.plan.changes import FIELD_LABELS
from consultation.plan.drafts import (
    WORDING,
    AxisDraft,
    IndicatorDraft,
    MeasureDraft,
    indicator_draft,
    measure_draft,
)
from consultation.plan.models import (
    Axis,
    Indicator,
    IndicatorVersion,
    Measure,
    StoredMeasurement,
)
from consultation.plan.search import index
from consultation.plan.text_diff import TextChange
from consultation.text import CODE

_IS_IN_FORCE = Measure.retired_at.is_(None)


def measures(
    session: Session, *, query: str = "", axis: Axis | None = None, with_retired: bool = False
) -> list[Measure]:
    """Return the measures in force, or all of them, in the plan's order, each with its axis.

    With a `query`, those in which each of its words is found, the best first: by stem, by its
    beginning or by a synonym, in code, titles, summary, axis, and the indicators' texts.  One
    database query; two for a search.
    """
    which = sa.true() if with_retired else _IS_IN_FORCE
    if not query.strip():
        return list(_measures(session, (joinedload(Measure.axis),), axis, which))
    scores = index.load(session, with_retired=with_retired).scores(query)
    of_query = which & Measure.id.in_(scores)
    matches = _measures(session, (joinedload(Measure.axis),), axis, of_query)
    return sorted(matches, key=lambda measure: -scores[measure.id])


def whole_measures(session: Session) -> Sequence[Measure]:
    """Return the measures in force with axis and measured indicators, in five queries."""
    return _measures(session, measured_measure())


def _measures(
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
    """Count the measures in force."""
    return session.scalar(sa.select(sa.func.count(Measure.id)).where(_IS_IN_FORCE)) or 0


def example_indicator(session: Session) -> Indicator | None:
    """Return the first indicator in force of the plan, by which visitors see what one is."""
    query = (
        sa.select(Indicator)
        .join(Indicator.measure)
        .where(_IS_IN_FORCE, Indicator.retired_at.is_(None))
        .order_by(Measure.position, Measure.id, Indicator.position, Indicator.id)
        .options(contains_eager(Indicator.measure), selectinload(Indicator.versions))
        .limit(1)
    )
    return session.scalars(query).first()


def indicator_counts(session: Session) -> dict[int, int]:
    """Count the indicators in force by id of their measure; a measure without any is left out."""
    counted = (
        sa.select(Indicator.measure_id, sa.func.count())
        .where(Indicator.retired_at.is_(None))
        .group_by(Indicator.measure_id)
    )
    return dict(session.execute(counted).all())


def measure_by_code(session: Session, code: str) -> Measure | None:
    """Return the measure of that code, retired or not, with axis, indicators and versions.

    When no code is equal, one that differs by case only is taken.  `bare_measure` is cheaper.
    """
    return _by_code(session, code, whole_measure())


def measured_measure_by_code(session: Session, code: str) -> Measure | None:
    """Return the same measure as `measure_by_code`, and how each version is measured."""
    return _by_code(session, code, measured_measure())


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Name measures and indicators, in force or not, by their code: the code, then the title."""
    wording = (
        sa.select(Indicator.code, IndicatorVersion.label)
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .where(Indicator.code.in_(codes))
        .order_by(IndicatorVersion.number)
    )
    titles = sa.select(Measure.code, Measure.title).where(Measure.code.in_(codes))
    return {
        code: f"{code}, {localized(text, DEFAULT_LOCALE)}"
        for query in (wording, titles)
        for code, text in session.execute(query)
    }


def bare_measure(session: Session, code: str) -> Measure | None:
    """Return the same measure as `measure_by_code`, without axis and indicators, in one query."""
    return _by_code(session, code, ())


def _by_code(session: Session, code: str, options: Sequence[ORMOption]) -> Measure | None:
    if not CODE.fullmatch(code):
        return None
    query = sa.select(Measure).where(sa.func.lower(Measure.code) == code.lower())
    measures = session.scalars(query.options(*options)).all()
    exact = [measure for measure in measures if measure.code == code]
    return next(iter(exact or measures), None)


def indicator_by_code(session: Session, code: str) -> Indicator | None:
    """Return the indicator of that code as `measure_by_code` does, with measure, axis and versions.

    How each version is measured is loaded as well; five queries.
    """
    if not CODE.fullmatch(code):
        return None
    stored = selectinload(Indicator.versions).selectinload(IndicatorVersion.measurements)
    query = (
        sa.select(Indicator)
        .where(sa.func.lower(Indicator.code) == code.lower())
        .options(
            joinedload(Indicator.measure).joinedload(Measure.axis),
            stored.selectinload(StoredMeasurement.figures),
        )
    )
    indicators = session.scalars(query).all()
    exact = [indicator for indicator in indicators if indicator.code == code]
    return next(iter(exact or indicators), None)


def indicators_in_force(measure: Measure) -> list[Indicator]:
    """Return the indicators of a measure that are not retired, in order."""
    return [indicator for indicator in measure.indicators if indicator.retired_at is None]


def matches(indicator: Indicator, query: str) -> bool:
    """Return whether each word of a query is in the texts of an indicator or of its measure."""
    measure = indicator.measure
    texts = [indicator.code, indicator.version.label["fr"], measure.code, measure.title["fr"]]
    content = folded(" ".join(texts))
    return all(word in content for word in folded(query).split())


def indicators_of(session: Session, measure: Measure) -> Sequence[Indicator]:
    """Return the indicators in force of a measure with their versions, in two queries."""
    return session.scalars(
        sa.select(Indicator)
        .where(Indicator.measure_id == measure.id, Indicator.retired_at.is_(None))
        .order_by(Indicator.position)
        .options(selectinload(Indicator.versions))
    ).all()


def whole_measure() -> tuple[ORMOption, ...]:
    """Return options that load measures with axis, indicators and versions, in three queries."""
    return (
        joinedload(Measure.axis),
        selectinload(Measure.indicators).selectinload(Indicator.versions),
    )


def measured_measure() -> tuple[ORMOption, ...]:
    """Return options that load how each version is measured as well, in five queries."""
    stored = selectinload(Measure.indicators).selectinload(Indicator.versions)
    measurements = stored.selectinload(IndicatorVersion.measurements)
    return (joinedload(Measure.axis), measurements.selectinload(StoredMeasurement.figures))


class IndicatorRetired(Exception):
    """The indicator was retired since it was displayed: nothing is decided or reported of it."""


@dataclass(frozen=True)
class RetiredMeasure:
    """A measure out of force, with the indicators that went with it and come back with it."""

    measure: MeasureDraft
    axis: AxisDraft
    retired_at: datetime


@dataclass(frozen=True)
class RetiredIndicator:
    """An indicator out of force, under a measure in force or not."""

    indicator: IndicatorDraft
    retired_at: datetime


def retired_measures(session: Session) -> list[RetiredMeasure]:
    """Return the measures out of force, in the order that they had."""
    query = sa.select(Measure).where(Measure.retired_at.is_not(None)).options(*measured_measure())
    rows = session.scalars(query.order_by(Measure.position, Measure.id))
    return [_retired(row, row.retired_at) for row in rows if row.retired_at is not None]


def retired_measure(session: Session, code: str) -> RetiredMeasure | None:
    """Return the measure of that code, if it is out of force."""
    return next((it for it in retired_measures(session) if it.measure.code == code), None)


def retired_indicators(session: Session, measure_code: str) -> list[RetiredIndicator]:
    """Return the indicators out of force of a measure, in the order that they had."""
    of_measure = sa.select(Measure).where(Measure.code == measure_code).options(*measured_measure())
    measure = session.scalars(of_measure).one_or_none()
    return [
        RetiredIndicator(indicator_draft(row), row.retired_at)
        for row in (measure.indicators if measure else ())
        if row.retired_at is not None
    ]


def restorable_indicators(session: Session) -> list[Indicator]:
    """Return the indicators out of force of the measures in force, in the plan's order."""
    return [
        indicator
        for measure in whole_measures(session)
        for indicator in measure.indicators
        if indicator.retired_at is not None
    ]


def stored_measure(session: Session, code: str) -> Measure | None:
    """Return the row of that code, whatever its case, in force or not."""
    return next(
        (row for row in session.scalars(sa.select(Measure)) if folded(row.code) == folded(code)),
        None,
    )


def stored_indicator(session: Session, code: str) -> Indicator | None:
    """Return the row of that code, whatever its case, in force or not."""
    return next(
        (row for row in session.scalars(sa.select(Indicator)) if folded(row.code) == folded(code)),
        None,
    )


def _retired(row: Measure, retired_at: datetime) -> RetiredMeasure:
    went_along = [it for it in row.indicators if it.retired_at == retired_at]
    axis = AxisDraft(row.axis.code, row.axis.title)
    return RetiredMeasure(measure_draft(row, went_along), axis, retired_at)


@dataclass(frozen=True)
class VersionRow:
    """A version of an indicator and what it changed; nothing in the first one."""

    number: int
    created_at: datetime
    reason: str | None
    changed: tuple[TextChange, ...]


def version_rows(indicator: Indicator) -> list[VersionRow]:
    """Return the versions of an indicator, the last one first."""
    versions = indicator.versions
    before: list[IndicatorVersion | None] = [None, *versions[:-1]]
    rows = [
        VersionRow(version.number, version.created_at, version.reason, _changed(earlier, version))
        for earlier, version in zip(before, versions, strict=True)
    ]
    return rows[::-1]


def _changed(before: IndicatorVersion | None, after: IndicatorVersion) -> tuple[TextChange, ...]:
    if before is None:
        return ()
    changes = []
    for name in WORDING:
        old, new = getattr(before, name) or {}, getattr(after, name) or {}
        for locale in LOCALES:
            if old.get(locale, "") != new.get(locale, ""):
                suffix = "" if locale == DEFAULT_LOCALE else f" ({NAMES[locale]})"
                label = f"{FIELD_LABELS[name]}{suffix}"
                changes.append(TextChange(label, old.get(locale, ""), new.get(locale, "")))
    return tuple(changes)
