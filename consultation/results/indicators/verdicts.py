"""Verdicts on indicators, by the RAND/UCLA method: kept, uncertain, dismissed.

A median from 7 keeps an indicator, up to 3 dismisses it, and one between two thirds, 3.5 or 6.5,
belongs to the higher.  With disagreement no median counts.  Nine ratings are the smallest group
for which the method has thresholds.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from consultation.results.consensus import Consensus
from consultation.results.tallies.queries import Ratings

FEWEST = 9


class IndicatorVerdict(enum.StrEnum):
    KEPT = "kept"
    UNCERTAIN = "uncertain"
    DISMISSED = "dismissed"
    DISAGREED = "disagreed"
    DIVIDED = "divided"
    """Two capacities contradict each other."""
    TOO_FEW = "too_few"
    OTHER_SCALE = "other_scale"
    """Not from 1 to 9, the scale of the method."""


@dataclass(frozen=True)
class Divide:
    """Two capacities of which one mostly gives 7 to 9 and the other mostly 1 to 3, by code."""

    high: str
    low: str


@dataclass(frozen=True)
class Conclusion:
    """A verdict, and the values that its sentence needs."""

    verdict: IndicatorVerdict
    lacking: int = 0
    """How many more ratings a verdict needs."""
    divide: Divide | None = None


@dataclass(frozen=True)
class Thirds:
    """How many ratings a capacity gave, and how many of them from 1 to 3 and from 7 to 9."""

    count: int
    low: int
    high: int


def conclude(consensus: Consensus | None, divide: Divide | None = None) -> Conclusion:
    """Return the verdict; a divide between capacities goes before disagreement."""
    count = consensus.count if consensus else 0
    if consensus is None or count < FEWEST:
        return Conclusion(IndicatorVerdict.TOO_FEW, FEWEST - count)
    if divide is not None:
        return Conclusion(IndicatorVerdict.DIVIDED, divide=divide)
    if consensus.is_disagreement:
        return Conclusion(IndicatorVerdict.DISAGREED)
    return Conclusion(_part(consensus.median))


def conclude_ratings(
    ratings: Ratings, by_capacity: Mapping[str, Ratings] | None = None
) -> Conclusion:
    """Return the verdict on ratings, with those of each capacity for a divide."""
    thirds = {
        code: Thirds(part.count, part.low, part.high) for code, part in (by_capacity or {}).items()
    }
    return conclude_notes(ratings, divide_of(thirds))


def conclude_notes(ratings: Ratings, divide: Divide | None = None) -> Conclusion:
    """Return the verdict on ratings, with the divide between capacities, if known."""
    if ratings.count and not ratings.is_on_nine:
        return Conclusion(IndicatorVerdict.OTHER_SCALE)
    return conclude(ratings.consensus(), divide)


def divide_of(by_capacity: Mapping[str, Thirds]) -> Divide | None:
    """Return the two capacities that contradict each other, or None.

    Each gave nine ratings or more, over half of them from 7 to 9 in the one and from 1 to 3 in the
    other, so that their medians are there as well.  Of several, those with the most ratings.
    """
    heard = sorted(
        ((code, thirds) for code, thirds in by_capacity.items() if code and thirds.count >= FEWEST),
        key=lambda item: (-item[1].count, item[0]),
    )
    high = next((code for code, thirds in heard if 2 * thirds.high > thirds.count), None)
    low = next((code for code, thirds in heard if 2 * thirds.low > thirds.count), None)
    return Divide(high, low) if high is not None and low is not None else None


def _part(median: float) -> IndicatorVerdict:
    if median >= 6.5:
        return IndicatorVerdict.KEPT
    return IndicatorVerdict.UNCERTAIN if median >= 3.5 else IndicatorVerdict.DISMISSED
