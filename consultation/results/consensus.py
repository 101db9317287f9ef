"""How far those who rated an indicator from 1 to 9 agree: median, quartiles, shares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LOWEST, HIGHEST = 1, 9
LOW, MIDDLE, HIGH = range(1, 4), range(4, 7), range(7, 10)
"""The three parts of the RAND/UCLA scale: no, uncertain, yes."""


@dataclass(frozen=True)
class Consensus:
    """What a set of ratings says; shares are from 0 to 1 and count ratings only.

    Quartiles are inclusive: linear between the two nearest ratings at (n - 1) × p, the lowest
    rating being at 0 and the highest at n - 1.  So does QUARTILE.INC of spreadsheets.
    """

    count: int
    median: float
    lower_quartile: float
    upper_quartile: float
    low_share: float
    middle_share: float
    high_share: float

    @property
    def interquartile_range(self) -> float:
        """The width of the middle half of the ratings."""
        return self.upper_quartile - self.lower_quartile


def consensus_of(ratings: Iterable[int]) -> Consensus | None:
    """Return what `ratings` say, or None when there are none.

    Who has no opinion is not to be among them.  Raise ValueError outside 1 to 9.
    """
    ordered = sorted(ratings)
    if not ordered:
        return None
    if ordered[0] < LOWEST or ordered[-1] > HIGHEST:
        raise ValueError(f"a rating is from {LOWEST} to {HIGHEST}")
    return Consensus(
        count=len(ordered),
        median=_at(ordered, 1 / 2),
        lower_quartile=_at(ordered, 1 / 4),
        upper_quartile=_at(ordered, 3 / 4),
        low_share=_share(ordered, LOW),
        middle_share=_share(ordered, MIDDLE),
        high_share=_share(ordered, HIGH),
    )


def _at(ordered: Sequence[int], fraction: float) -> float:
    """Return the inclusive quantile; exact for halves and quarters, which floats hold."""
    place = (len(ordered) - 1) * fraction
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _share(ordered: Sequence[int], part: range) -> float:
    return sum(rating in part for rating in ordered) / len(ordered)
