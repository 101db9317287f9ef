"""Disclosure of values: small numbers that others of the same moment give away, by sums.

Of an indicator, at one moment and by one definition, some values may be parts of another: a region,
the rest of the country, and all of it.  Nothing says which are: any that add up are taken for such,
as a reader would.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import Indicator, MeasuredAs
from consultation.plan.values import record
from consultation.plan.values.models import IndicatorValue, Showing
from consultation.plan.values.progress import SMALLEST_DIFFERENCE

Item = TypeVar("Item")
MOST = 12
"""Values of one moment of which every sum is tried; of more, sums of two, and of nearly all."""


@dataclass(frozen=True)
class DisplayedValue:
    """A value as it is public, or would be; `less_than` is what a small one is said to be."""

    row: IndicatorValue
    showing: Showing
    less_than: int | None = None
    source_rule: str = ""


@dataclass(frozen=True)
class GivenAway:
    """Small values that follow from shown ones: `whole` less `parts`, or the sum of `parts`."""

    hidden: Sequence[IndicatorValue]
    whole: IndicatorValue | None
    parts: Sequence[IndicatorValue]

    @property
    def by(self) -> Sequence[IndicatorValue]:
        """The values of which one is to be held back."""
        return [*([self.whole] if self.whole else []), *self.parts]


def given_away(indicator: Indicator, values: Iterable[DisplayedValue]) -> list[GivenAway]:
    """Return the small values of an indicator that shown ones give away."""
    series = record.series_of(indicator)
    groups: dict[object, list[DisplayedValue]] = defaultdict(list)
    for it in values:
        row = it.row
        if row.number is not None and measurement_of(row.version).measured_as is MeasuredAs.NUMBER:
            groups[series[row.indicator_version_id], row.point, row.day].append(it)
    return [case for group in groups.values() for case in _in_group(group)]


def _in_group(group: Sequence[DisplayedValue]) -> Iterator[GivenAway]:
    exact = [it.row for it in group if it.showing is Showing.EXACT]
    small = [it for it in group if it.showing is Showing.SMALL]
    implied: set[int] = set()
    for secret in _subsets(small):
        rows = [it.row for it in secret]
        if not implied.issuperset(row.id for row in rows) and _is_told_by_sum(secret):
            equal = _sum_of(sum(map(_number, rows)), exact)
            if equal is not None:
                implied.update(row.id for row in rows)
                yield GivenAway(rows, *equal)


def _is_told_by_sum(secret: Sequence[DisplayedValue]) -> bool:
    """Return whether the sum of small values says each: one, or all the least or the most."""
    total = sum(_number(it.row) for it in secret)
    most = sum((it.less_than or 0) - 1 for it in secret)
    return len(secret) == 1 or total in (len(secret), most)


def _sum_of(
    total: float, exact: Sequence[IndicatorValue]
) -> tuple[IndicatorValue | None, Sequence[IndicatorValue]] | None:
    """Return shown values of which one less the others, or several together, are a total."""
    for parts in _subsets(exact):
        together = sum(map(_number, parts))
        if len(parts) > 1 and _is_same(together, total):
            return None, parts
        for whole in exact:
            if whole not in parts and _is_same(_number(whole) - together, total):
                return whole, parts
    return None


def _subsets(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Give sets of these, the smaller first."""
    count = len(items)
    sizes = range(1, count + 1) if count <= MOST else (1, 2, count - 1, count)
    for size in sizes:
        yield from combinations(items, size)


def _number(row: IndicatorValue) -> float:
    assert row.number is not None
    return row.number


def _is_same(number: float, other: float) -> bool:
    return abs(number - other) < SMALLEST_DIFFERENCE
