"""Overview of published figures: what they say together, of all measures and of each axis.

It adds up what is public and knows nothing else: who has the published files gets the same.
"""

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from consultation.plan.models import Axis
from consultation.results.public.tables import KeepOrChange, PublicFigures, PublicIndicator


class Outcome(enum.Enum):
    """What the figures of a measure say of its indicators, or why they say nothing."""

    CONCLUDED = enum.auto()
    FEW = enum.auto()
    """Its contributions, whose number is public, cannot be divided without a small number."""
    PROTECTED = enum.auto()
    """Something is hidden, because it is small or would give a small number away."""
    NONE = enum.auto()
    """Nothing is hidden, and nothing can be concluded."""


class Majorities(NamedTuple):
    """How many indicators most people would keep, how many change, and how many divide evenly."""

    kept: int
    changed: int
    even: int

    @classmethod
    def of(cls, opinions: Collection[KeepOrChange]) -> "Majorities":
        kept = sum((it.kept or 0) > (it.changed or 0) for it in opinions)
        changed = sum((it.kept or 0) < (it.changed or 0) for it in opinions)
        return cls(kept, changed, len(opinions) - kept - changed)


@dataclass(frozen=True)
class Gist:
    """What the figures of one measure come to."""

    outcome: Outcome
    responses: int | None
    indicators: int
    concluded: int
    """Indicators of which an opinion or a verdict is public."""
    opinions: Sequence[KeepOrChange]
    """Those that are public, of one indicator each."""

    @property
    def majorities(self) -> Majorities:
        return Majorities.of(self.opinions)


def gist_of(figures: PublicFigures) -> Gist:
    """Return the result of the figures of one measure."""
    of_indicators = [it for it in figures.indicators if it.code]
    concluded = [it for it in of_indicators if it.is_concluded]
    return Gist(
        _outcome(figures, of_indicators, bool(concluded)),
        figures.responses,
        len(of_indicators),
        len(concluded),
        [it.opinion for it in concluded if it.opinion and it.opinion.base],
    )


def _outcome(
    figures: PublicFigures, indicators: Iterable[PublicIndicator], is_concluded: bool
) -> Outcome:
    if is_concluded:
        return Outcome.CONCLUDED
    if figures.responses is None:
        return Outcome.PROTECTED
    if not any(it.hides_something for it in indicators):
        return Outcome.NONE
    is_few = figures.responses < 2 * figures.public["threshold"]
    return Outcome.FEW if is_few else Outcome.PROTECTED


@dataclass(frozen=True)
class Part:
    """What is said of the indicators of an axis, or of the whole plan."""

    axis: Axis | None
    measures: int
    uncounted: int
    """Measures whose number of contributions is hidden; the others are in `responses`."""
    responses: int
    indicators: int
    concluded: int
    opinion: KeepOrChange
    """The total of all its indicators, None where it is hidden."""
    opinions: Sequence[KeepOrChange]
    """Those of single indicators that are public."""

    @property
    def majorities(self) -> Majorities:
        return Majorities.of(self.opinions)


def part_of(
    gists: Collection[Gist],
    total: Mapping[str, Any] | None,
    axis: Axis | None = None,
) -> Part:
    """Return the result of measures together; `total` is that of their axis, or of the plan."""
    opinions = [opinion for gist in gists for opinion in gist.opinions]
    counted = [gist.responses for gist in gists if gist.responses is not None]
    return Part(
        axis=axis,
        measures=len(gists),
        uncounted=len(gists) - len(counted),
        responses=sum(counted),
        indicators=sum(gist.indicators for gist in gists),
        concluded=sum(gist.concluded for gist in gists),
        opinion=KeepOrChange(total["kept"], total["changed"])
        if total
        else KeepOrChange(None, None),
        opinions=opinions,
    )
