"""Publication of values: each is public once a person has looked at it a second time, or not.

A count of people below the smallest count is shown as such only where its source published it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.editions.publication import check_second_person
from consultation.plan import apply
from consultation.plan.measurement.values import Value, measurement_of
from consultation.plan.models import Indicator, IndicatorVersion, Measure, MeasuredAs
from consultation.plan.queries import indicators_in_force
from consultation.plan.values import overrides, record
from consultation.plan.values.disclosure import DisplayedValue, GivenAway, given_away
from consultation.plan.values.models import (
    IndicatorValue,
    Progress,
    ProgressOverride,
    Showing,
    ValuePublication,
)
from consultation.plan.values.progress import Conclusion
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

COUNTED = (MeasuredAs.NUMBER, MeasuredAs.PERCENTAGE)
"""What is counted: its source may have a rule for small figures."""


class NumbersGivenAway(Exception):
    """Small values would follow from shown ones, of which one is to be held back."""

    def __init__(self, cases: Sequence[GivenAway]):
        super().__init__()
        self.cases = cases


class SourceNeeded(Exception):
    """A small count is to be shown as it is, and says no source that published it."""


@dataclass(frozen=True)
class PublicValue:
    """A published value that stands.

    `row` has the number even where it is not shown: show `value`, and never the note.
    """

    row: IndicatorValue
    showing: Showing
    source_rule: str
    published_at: datetime
    less_than: int | None = None
    """What a small value is less than by the rule of its publication; None: not known."""

    @property
    def is_hidden(self) -> bool:
        """Whether its number is not shown."""
        return self.showing is not Showing.EXACT

    @property
    def value(self) -> Value | None:
        """The value, None where it is missing or not shown."""
        return None if self.is_hidden else record.value_of(self.row)


@dataclass(frozen=True)
class PublicProgress:
    """What is public of an indicator's progress: values, what follows from them, and the word.

    `override` is a person's word, None where there is none that stands.
    """

    values: Sequence[PublicValue]
    conclusion: Conclusion
    override: ProgressOverride | None

    @property
    def progress(self) -> Progress | None:
        """The word to show, None where none can be given."""
        return self.override.progress if self.override else self.conclusion.progress


def is_counted(row: IndicatorValue) -> bool:
    """Return whether a value is a count or a share: its source may have a rule for small ones."""
    return row.number is not None and measurement_of(row.version).measured_as in COUNTED


def is_small(row: IndicatorValue, smallest: int) -> bool:
    """Return whether a value is a count of some, but less than `smallest`."""
    if row.number is None or measurement_of(row.version).measured_as is not MeasuredAs.NUMBER:
        return False
    return 0 < abs(row.number) < smallest


def showings(session: Session, indicator_ids: Collection[int]) -> Mapping[int, ValuePublication]:
    """Return by value how each published value of these indicators is shown, in one query."""
    rows = session.scalars(
        sa.select(ValuePublication)
        .join(IndicatorValue, IndicatorValue.id == ValuePublication.value_id)
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorValue.indicator_version_id)
        .where(IndicatorVersion.indicator_id.in_(indicator_ids))
        .order_by(ValuePublication.id)
    )
    latest = {row.value_id: row for row in rows}
    return {value_id: row for value_id, row in latest.items() if row.showing is not None}


def without_threshold(session: Session) -> Sequence[str]:
    """Return the codes of indicators that hide a number of which is unknown what it is less than.

    It was published before that was kept.
    """
    rows = session.scalars(
        sa.select(ValuePublication)
        .where(
            ValuePublication.id == _latest("id"),
            ValuePublication.showing == Showing.SMALL,
            ValuePublication.less_than.is_(None),
        )
        .join(IndicatorValue, IndicatorValue.id == ValuePublication.value_id)
        .where(record.is_in_force())
    )
    return sorted({row.value.version.indicator.code for row in rows})


def revision(session: Session) -> int:
    """Count up whenever another value is public, as the tables of values only grow."""
    replacing = sa.select(sa.func.count()).where(
        IndicatorValue.supersedes_id.in_(sa.select(ValuePublication.value_id))
    )
    last = sa.select(sa.func.coalesce(sa.func.max(ValuePublication.id), 0))
    total = last.scalar_subquery() + replacing.scalar_subquery()
    return session.scalar(sa.select(total)) or 0


def is_published() -> sa.ColumnElement[bool]:
    """Return the condition that an `IndicatorValue` is published."""
    return _latest("showing").is_not(None)


def _latest(column: str) -> sa.ScalarSelect[Any]:
    """Return a column of the last publication of an `IndicatorValue`."""
    of_value = aliased(ValuePublication)
    return (
        sa.select(getattr(of_value, column))
        .where(of_value.value_id == IndicatorValue.id)
        .order_by(of_value.id.desc())
        .limit(1)
        .correlate(IndicatorValue)
        .scalar_subquery()
    )


def published(session: Session, indicator_ids: Collection[int]) -> Mapping[int, list[PublicValue]]:
    """Return by indicator the published values that stand, in the order of their moments."""
    public = showings(session, indicator_ids)
    values: dict[int, list[PublicValue]] = defaultdict(list)
    for indicator_id, rows in record.current(session, indicator_ids).items():
        for row in rows:
            if row.id in public:
                values[indicator_id].append(_public(row, public[row.id]))
    return dict(values)


def published_by_code(session: Session, codes: Collection[str]) -> Mapping[str, list[PublicValue]]:
    """Find the published values that stand by the code of their indicator."""
    rows = session.execute(sa.select(Indicator.id, Indicator.code))
    code_by_id = {id_: code for id_, code in rows if code in codes}
    return {code_by_id[id_]: of for id_, of in published(session, code_by_id).items()}


def public_progress(
    session: Session, indicators: Sequence[Indicator], today: date
) -> Mapping[int, PublicProgress]:
    """Return by indicator what is public of its progress, in four queries."""
    values = published(session, [it.id for it in indicators])
    stated = overrides.current(session, indicators)
    progress = {}
    for indicator in indicators:
        known = values.get(indicator.id, [])
        rows = [it.row for it in known]
        hidden = {it.row.id: it.showing for it in known if it.is_hidden}
        conclusion = record.progress_of(indicator, rows, today, hidden)
        progress[indicator.id] = PublicProgress(known, conclusion, stated.get(indicator.id))
    return progress


@dataclass(frozen=True)
class Waiting:
    """Values of an indicator that stand and are not public, in the order of their moments."""

    indicator: Indicator
    values: Sequence[IndicatorValue]


def waiting(session: Session, measures: Sequence[Measure]) -> Mapping[Measure, list[Waiting]]:
    """Return by measure the values of its indicators in force that no one has published."""
    indicators = {it.id: it for measure in measures for it in indicators_in_force(measure)}
    public = showings(session, indicators)
    by_measure: dict[Measure, list[Waiting]] = defaultdict(list)
    current = record.current(session, indicators)
    for indicator_id, indicator in indicators.items():
        rows = [row for row in current.get(indicator_id, []) if row.id not in public]
        if rows:
            by_measure[indicator.measure].append(Waiting(indicator, rows))
    return dict(by_measure)


def waiting_count(session: Session) -> int:
    """Count the values that `waiting` returns for the whole plan."""
    query = (
        sa.select(sa.func.count())
        .select_from(IndicatorValue)
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorValue.indicator_version_id)
        .join(Indicator, Indicator.id == IndicatorVersion.indicator_id)
        .join(Measure, Measure.id == Indicator.measure_id)
        .where(
            Indicator.retired_at.is_(None),
            Measure.retired_at.is_(None),
            record.is_in_force(),
            ~is_published(),
        )
    )
    return session.scalar(query) or 0


@needs(Permission.PUBLISH_VALUES)
def publish(
    work: Work,
    indicators: Mapping[Indicator, Collection[str]],
    *,
    source_rule: str,
    smallest: int,
    as_they_are: Collection[str] = (),
    held_back: Collection[str] = (),
    needs_second: bool = False,
) -> int:
    """Publish the values of these public ids, all or none, and return how many.

    Counts below `smallest` are shown as such, but those in `as_they_are`, which their source
    published.  The numbers of those in `held_back`, which may be public already, are not shown.
    Raise `StaleEdit` where one does not stand any more, `SecondPersonNeeded`, `SourceNeeded`,
    `NumbersGivenAway` or `NotAllowed`.
    """
    apply.lock_plan(work.session)
    rows = _unpublished(work.session, indicators)
    check_second_person(work, [row.account_id for row in rows], needs_second=needs_second)
    by_indicator = displayed_with(work.session, indicators, smallest, as_they_are, held_back)
    if cases := [it for of in by_indicator for it in given_away(of, by_indicator[of])]:
        raise NumbersGivenAway(cases)
    wanted = {*(row.public_id for row in rows), *held_back}
    for values in by_indicator.values():
        for it in (it for it in values if it.row.public_id in wanted):
            work.session.add(_publication(work, it, source_rule))
    work.session.flush()
    codes = sorted(indicator.code for indicator in indicators)
    details = {"values": len(rows), "indicators": codes}
    audit_log.log(work, "values_published", None, details)
    return len(rows)


def _publication(work: Work, it: DisplayedValue, source_rule: str) -> ValuePublication:
    return ValuePublication(
        value_id=it.row.id,
        showing=it.showing,
        less_than=it.less_than,
        source_rule=it.source_rule or (source_rule if is_counted(it.row) else ""),
        created_at=work.at,
        account_id=work.actor.id,
    )


def displayed_with(
    session: Session,
    indicators: Mapping[Indicator, Collection[str]],
    smallest: int,
    as_they_are: Collection[str],
    held_back: Collection[str],
) -> Mapping[Indicator, list[DisplayedValue]]:
    """Return by indicator its public values, with those of these public ids as they would be.

    Raise `SourceNeeded`.
    """
    ids = [it.id for it in indicators]
    public, current = showings(session, ids), record.current(session, ids)
    by_indicator: dict[Indicator, list[DisplayedValue]] = {}
    for indicator, wanted in indicators.items():
        values = by_indicator.setdefault(indicator, [])
        for row in current.get(indicator.id, []):
            if row.id not in public and row.public_id not in wanted:
                continue
            value = _displayed(row, public.get(row.id), smallest, row.public_id in as_they_are)
            is_held_back = row.public_id in held_back and is_counted(row)
            if value.showing is Showing.EXACT and is_held_back:
                value = replace(value, showing=Showing.HELD_BACK)
            values.append(value)
    return by_indicator


def _displayed(
    row: IndicatorValue,
    before: ValuePublication | None,
    smallest: int,
    is_published_by_source: bool,
) -> DisplayedValue:
    """Return a value as it is public, else as it would be."""
    if before is None:
        showing = _showing(row, smallest, is_published_by_source)
        return DisplayedValue(row, showing, smallest if showing is Showing.SMALL else None)
    assert before.showing is not None
    return DisplayedValue(row, before.showing, before.less_than, before.source_rule)


def exposed(session: Session) -> list[str]:
    """Return the codes of indicators of which public values give a small one away."""
    with_small = (
        sa.select(IndicatorVersion.indicator_id)
        .join(IndicatorValue, IndicatorValue.indicator_version_id == IndicatorVersion.id)
        .join(ValuePublication, ValuePublication.value_id == IndicatorValue.id)
        .where(ValuePublication.showing == Showing.SMALL)
    )
    indicators = session.scalars(sa.select(Indicator).where(Indicator.id.in_(with_small))).all()
    public = displayed_with(session, dict.fromkeys(indicators, ()), 0, (), ())
    return sorted(it.code for it, values in public.items() if given_away(it, values))


@needs(Permission.PUBLISH_VALUES)
def unpublish(work: Work, indicator: Indicator, public_id: str) -> None:
    """Show a value no longer; raise `StaleEdit` where it is not published any more."""
    apply.lock_plan(work.session)
    values = published(work.session, [indicator.id]).get(indicator.id, [])
    value = next((it for it in values if it.row.public_id == public_id), None)
    if value is None:
        raise StaleEdit("la valeur")
    work.session.add(
        ValuePublication(
            value_id=value.row.id, showing=None, created_at=work.at, account_id=work.actor.id
        )
    )
    work.session.flush()
    details = record.details_of(value.row)
    audit_log.log(work, "value_unpublished", indicator.code, details)


def _unpublished(
    session: Session, indicators: Mapping[Indicator, Collection[str]]
) -> list[IndicatorValue]:
    """Return the values of these public ids, which stand and are not published yet."""
    ids = [it.id for it in indicators]
    known = showings(session, ids)
    by_indicator = record.current(session, ids)
    rows: list[IndicatorValue] = []
    for indicator, wanted in indicators.items():
        unpublished = [it for it in by_indicator.get(indicator.id, []) if it.id not in known]
        chosen = [it for it in unpublished if it.public_id in wanted]
        if len(chosen) != len(set(wanted)):
            raise StaleEdit(f"une valeur de {indicator.code}")
        rows += chosen
    return rows


def _showing(row: IndicatorValue, smallest: int, is_published_by_source: bool) -> Showing:
    if is_published_by_source and not (row.source or row.source_url):
        raise SourceNeeded
    if is_small(row, smallest) and not is_published_by_source:
        return Showing.SMALL
    return Showing.EXACT


def _public(row: IndicatorValue, publication: ValuePublication) -> PublicValue:
    assert publication.showing is not None
    return PublicValue(
        row,
        publication.showing,
        publication.source_rule,
        publication.created_at,
        publication.less_than,
    )
