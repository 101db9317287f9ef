"""The lines of a chart of published figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.i18n import Localized

WIDEST = 74.0
"""How much of a chart its longest bar takes, in hundredths: its figure stands beside it."""


@dataclass(frozen=True)
class Bar:
    """One line of a chart; without `count` where it is hidden."""

    code: str
    label: Localized
    count: int | None
    share: float | None = None
    width: float = 0
    start: float = 0


def bars(counted: Sequence[Mapping[str, Any]], base: int | None) -> list[Bar]:
    """Return a bar for each count, the longest being the highest that is shown."""
    highest = max((one["count"] or 0 for one in counted), default=0)
    return [
        Bar(
            one["code"],
            one["label"],
            one["count"],
            one["count"] / base if base and one["count"] is not None else None,
            WIDEST * one["count"] / highest if highest and one["count"] else 0,
        )
        for one in counted
    ]
