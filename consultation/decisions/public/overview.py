"""Overview of published decisions: by edition or by measure, narrowed down, a page at a time.

Which decisions there are is read first, without what they rest on; that is read for one page.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, defer

from consultation.decisions.models import (
    DecisionOutcome,
    EditionDecision,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.published import PublishedDecision, published_decisions
from consultation.decisions.recorded import in_plan_order
from consultation.plan.models import Axis, Indicator, Measure
from consultation.web.navigation import Paged, nearest

PER_PAGE = 40


class Listed(NamedTuple):
    """A published decision as far as lists and filters need it."""

    id: int
    edition: int
    outcome: DecisionOutcome
    measure: Measure


@dataclass(frozen=True)
class Narrowing:
    """What a visitor asked for; None is anything."""

    edition: int | None = None
    axis: str | None = None
    measure: str | None = None
    outcome: DecisionOutcome | None = None

    def __bool__(self) -> bool:
        return self != Narrowing()

    def holds(self, it: Listed) -> bool:
        return (
            self.edition in (None, it.edition)
            and self.axis in (None, it.measure.axis.code)
            and self.measure in (None, it.measure.code)
            and self.outcome in (None, it.outcome)
        )


@dataclass(frozen=True)
class Section:
    """The decisions on a page on one measure in one edition, or in several if it is None."""

    edition: PlanEdition | None
    measure: Measure
    decisions: Sequence[PublishedDecision]


@dataclass(frozen=True)
class Overview:
    """All published decisions, and those that a visitor asked for."""

    editions: Sequence[PlanEdition]
    """All that are published, the latest first."""
    listed: Sequence[Listed]
    narrowing: Narrowing

    @property
    def wanted(self) -> Sequence[Listed]:
        return [it for it in self.listed if self.narrowing.holds(it)]

    @property
    def axes(self) -> Sequence[Axis]:
        """The axes with decisions, in the plan's order."""
        return list(dict.fromkeys(measure.axis for measure in self.measures))

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures with decisions, in the plan's order."""
        return sorted({it.measure for it in self.listed}, key=_place)

    @property
    def outcome_counts(self) -> Mapping[DecisionOutcome, int]:
        """How many decisions of each outcome there are, whatever outcome was asked for."""
        others = replace(self.narrowing, outcome=None)
        counts = Counter(it.outcome for it in self.listed if others.holds(it))
        return {outcome: counts[outcome] for outcome in DecisionOutcome if counts[outcome]}


def overview(session: Session, narrowing: Narrowing) -> Overview:
    """Return the overview, in two queries; what names nothing that there is narrows nothing."""
    editions = session.scalars(
        sa.select(PlanEdition)
        .where(PlanEdition.published_at.is_not(None))
        .order_by(PlanEdition.number.desc())
        .options(defer(PlanEdition.content))
    ).all()
    rows = session.execute(
        sa.select(IndicatorDecision.id, PlanEdition.number, IndicatorDecision.outcome, Measure)
        .join(EditionDecision, EditionDecision.decision_id == IndicatorDecision.id)
        .join(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .join(Measure, Measure.id == IndicatorDecision.measure_id)
        .join(Axis, Axis.id == Measure.axis_id)
        .outerjoin(Indicator, Indicator.id == IndicatorDecision.indicator_id)
        .where(PlanEdition.published_at.is_not(None))
        .options(contains_eager(Measure.axis))
        .order_by(PlanEdition.number.desc(), *in_plan_order())
    )
    listed = [Listed(*row) for row in rows]
    return Overview(editions, listed, _known(narrowing, editions, listed))


def decisions_of(session: Session, listed: Iterable[Listed]) -> Sequence[PublishedDecision]:
    """Return decisions with what they rest on, in the same order."""
    ids = [it.id for it in listed]
    decisions = published_decisions(session, which=IndicatorDecision.id.in_(ids))
    by_id = {it.decision.id: it for it in decisions}
    return [by_id[decision_id] for decision_id in ids]


def page_by_edition(session: Session, made: Overview, number: int) -> Paged[Section]:
    """Return a page of what was asked for, the latest edition first."""
    on_page = _page(made.wanted, number)
    by_number = {edition.number: edition for edition in made.editions}
    sections = [
        Section(by_number[edition], measure, list(decisions))
        for (edition, measure), decisions in groupby(
            decisions_of(session, on_page.rows), lambda it: (it.edition.number, it.measure)
        )
    ]
    return on_page.with_rows(sections)


def page_by_measure(session: Session, made: Overview, number: int) -> Paged[Section]:
    """Return a page of what was asked for, in the plan's order, the latest edition first within."""
    on_page = _page(sorted(made.wanted, key=lambda it: _place(it.measure)), number)
    sections = [
        Section(None, measure, list(decisions))
        for measure, decisions in groupby(
            decisions_of(session, on_page.rows), lambda it: it.measure
        )
    ]
    return on_page.with_rows(sections)


def _known(
    narrowing: Narrowing, editions: Iterable[PlanEdition], listed: Sequence[Listed]
) -> Narrowing:
    numbers = {edition.number for edition in editions}
    codes = {it.measure.code for it in listed}
    axes = {it.measure.axis.code for it in listed}
    return replace(
        narrowing,
        edition=narrowing.edition if narrowing.edition in numbers else None,
        axis=narrowing.axis if narrowing.axis in axes else None,
        measure=narrowing.measure if narrowing.measure in codes else None,
    )


def _page(listed: Sequence[Listed], number: int) -> Paged[Listed]:
    number, page_count = nearest(number, len(listed), PER_PAGE)
    rows = listed[(number - 1) * PER_PAGE : number * PER_PAGE]
    return Paged(rows, number, page_count, len(listed))


def _place(measure: Measure) -> tuple[int, int]:
    return measure.position, measure.id
