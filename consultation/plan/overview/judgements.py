"""Judgements of measures: counts by level, disagreements, and how they changed over time.

Two levels contradict each other where no state of a measure fits both: what is « engaged » may be
done or not yet, so that it contradicts « not engaged » only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.statuses import assessments

STATES: Mapping[Level, frozenset[str]] = {
    Level.NOT_ENGAGED: frozenset({"untouched"}),
    Level.ENGAGED: frozenset({"begun", "half done", "done"}),
    Level.NOT_DONE: frozenset({"untouched", "begun"}),
    Level.PARTLY_DONE: frozenset({"half done"}),
    Level.DONE: frozenset({"done"}),
}
"""The states of a measure that a level allows, on either of the two scales in use."""
MOST_HALF_YEARS = 10

Counts = Mapping[Assessor, Mapping[Level, int]]


@dataclass(frozen=True)
class HalfYear:
    """How many measures were at each level, by assessor, at the end of a half-year or today."""

    ends_on: date
    counts: Counts


def by_measure(session: Session) -> dict[int, list[MeasureStatus]]:
    """Return the judgements by id of the measure, latest first, in one query."""
    statuses: dict[int, list[MeasureStatus]] = defaultdict(list)
    for status in assessments.in_order(session.scalars(sa.select(MeasureStatus))):
        statuses[status.measure_id].append(status)
    return statuses


def disagree(levels: Iterable[Level]) -> bool:
    """Return whether two of these levels contradict each other."""
    return any(not STATES[level] & STATES[other] for level, other in combinations(levels, 2))


def counts(latest: Iterable[Mapping[Assessor, MeasureStatus]]) -> Counts:
    """Count the measures at each level, by assessor."""
    counted: dict[Assessor, Counter[Level]] = {assessor: Counter() for assessor in Assessor}
    for statuses in latest:
        for assessor, status in statuses.items():
            counted[assessor][status.level] += 1
    return counted


def history(statuses: Iterable[Sequence[MeasureStatus]], today: date) -> list[HalfYear]:
    """Return the counts at the end of each half-year since the first judgement, then today's."""
    of_measures = [list(it) for it in statuses if it]
    if not of_measures:
        return []
    first = min(status.assessed_on for it in of_measures for status in it)
    return [
        HalfYear(
            day,
            counts(
                assessments.latest(status for status in it if status.assessed_on <= day)
                for it in of_measures
            ),
        )
        for day in _half_year_ends(first, today)[-MOST_HALF_YEARS:]
    ]


def _half_year_ends(first: date, today: date) -> list[date]:
    """Return the last days of the half-years that are over since `first`, then today."""
    ends = (date(year, *end) for year in range(first.year, today.year + 1) for end in _ENDS)
    return [*(it for it in ends if first <= it < today), today]


_ENDS = ((6, 30), (12, 31))
