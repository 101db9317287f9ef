"""Consensus of ratings from 1 to 9: median, quartiles, and IPRAS of the RAND/UCLA method.

Disagreement is that of the RAND/UCLA method: the range between the 30th and the 70th percentiles
(IPR) is wider than the one adjusted for symmetry, IPRAS = 2.35 + 1.5 × AI, where the asymmetry
index AI is the distance from 5, the middle of the scale, to the middle of that range.  Source:
Fitch et al., *The RAND/UCLA Appropriateness Method User's Manual*, RAND MR-1269, 2001.

Percentiles have several definitions, which differ in small groups; the manual does not say which
one it uses.  The one below, the same as for the quartiles, gives the published values of a group of
fifteen in BMJ Open 2012;2:e001431, table 1.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

LOWEST, HIGHEST = 1, 9
LOW, MIDDLE, HIGH = range(1, 4), range(4, 7), range(7, 10)
"""The three parts of the RAND/UCLA scale: no, uncertain, yes."""

CENTRE = 5
WIDTH_WHEN_SYMMETRIC, CORRECTION_FOR_ASYMMETRY = 2.35, 1.5
PARTS = 20
"""A quantile of whole notes at a half, a quarter or a tenth is a whole number of twentieths."""


@dataclass(frozen=True)
class Consensus:
    """Statistics of a set of ratings; shares are from 0 to 1.

    Quartiles and percentiles are inclusive: linear between the two nearest ratings at (n - 1) × p,
    the lowest rating being at 0 and the highest at n - 1.  So does QUARTILE.INC of spreadsheets.
    """

    count: int
    median: float
    lower_quartile: float
    upper_quartile: float
    low_share: float
    middle_share: float
    high_share: float
    lower_percentile: float
    """The 30th."""
    upper_percentile: float
    """The 70th."""

    @property
    def interquartile_range(self) -> float:
        """The width of the middle half of the ratings."""
        return self.upper_quartile - self.lower_quartile

    @property
    def interpercentile_range(self) -> float:
        """The IPR: the width of the middle two fifths of the ratings."""
        return round(self.upper_percentile - self.lower_percentile, 6)

    @property
    def adjusted_range(self) -> float:
        """The IPRAS: the widest IPR without disagreement."""
        asymmetry = abs(CENTRE - (self.lower_percentile + self.upper_percentile) / 2)
        return round(WIDTH_WHEN_SYMMETRIC + CORRECTION_FOR_ASYMMETRY * asymmetry, 6)

    @property
    def is_disagreement(self) -> bool:
        """Whether the IPR exceeds the IPRAS."""
        return self.interpercentile_range > self.adjusted_range

    @property
    def disagreement(self) -> float:
        """The IPR divided by the IPRAS; above 1 is disagreement."""
        return self.interpercentile_range / self.adjusted_range


def consensus_of_counts(by_note: Mapping[int, int]) -> Consensus | None:
    """Return the consensus of ratings, given their counts, or None without ratings.

    « Sans avis » is not to be among them.  Raise ValueError outside 1 to 9.
    """
    notes = sorted(note for note, count in by_note.items() if count)
    if not notes:
        return None
    if notes[0] < LOWEST or notes[-1] > HIGHEST:
        raise ValueError(f"a rating is from {LOWEST} to {HIGHEST}")
    ends = list(accumulate(by_note[note] for note in notes))

    def at(twentieths: int) -> float:
        return _at(notes, ends, twentieths)

    return Consensus(
        count=ends[-1],
        median=at(10),
        lower_quartile=at(5),
        upper_quartile=at(15),
        low_share=_share(by_note, LOW, ends[-1]),
        middle_share=_share(by_note, MIDDLE, ends[-1]),
        high_share=_share(by_note, HIGH, ends[-1]),
        lower_percentile=at(6),
        upper_percentile=at(14),
    )


def median_of_counts(by_note: Mapping[int, int]) -> float | None:
    """Return the median of ratings on any scale, or None without ratings."""
    notes = sorted(note for note, count in by_note.items() if count)
    ends = list(accumulate(by_note[note] for note in notes))
    return _at(notes, ends, PARTS // 2) if notes else None


def _at(notes: Sequence[int], ends: Sequence[int], twentieths: int) -> float:
    """Return the inclusive quantile; `ends` are the cumulated counts of `notes`."""
    below, rest = divmod((ends[-1] - 1) * twentieths, PARTS)
    first = notes[bisect_right(ends, below)]
    if not rest:
        return float(first)
    second = notes[bisect_right(ends, below + 1)]
    return (first * PARTS + (second - first) * rest) / PARTS


def _share(by_note: Mapping[int, int], part: range, total: int) -> float:
    return sum([by_note.get(note, 0) for note in part]) / total
