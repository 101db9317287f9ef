"""The chart of published figures: its bars, and what its whole width stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.i18n import Localized


@dataclass(frozen=True)
class Bar:
    """One line of a chart; without `count` where it is hidden."""

    code: str
    label: Localized
    count: int | None
    share: float | None = None
    width: float = 0
    start: float = 0


@dataclass(frozen=True)
class Chart:
    """Bars on one scale; `whole` is how many contributions its whole width stands for.

    That width is `widest`, in hundredths of the drawing: figures stand beside the bars.
    """

    bars: Sequence[Bar]
    whole: int
    widest: float = 74.0


def chart(
    counted: Sequence[Mapping[str, Any]], responses: int | None, base: int | None = None
) -> Chart:
    """Draw a bar for each count; shares and width are of `base`, where it is shown.

    Else the width is of all `responses`.  Figures published one after the other may pass these,
    and where neither is shown there is no whole: then it is the highest count.
    """
    highest = max((one["count"] or 0 for one in counted), default=0)
    whole = max(base or responses or 0, highest)
    bars = [
        Bar(
            one["code"],
            one["label"],
            one["count"],
            one["count"] / base if base and one["count"] is not None else None,
            Chart.widest * one["count"] / whole if one["count"] else 0,
        )
        for one in counted
    ]
    return Chart(bars, whole)
