"""Styles of sheets: number formats, tab colours, charts.

Only XLSX draws them all.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

ACCENT, WARM, SOFT, PALE = "#0B5553", "#A64D0C", "#515C59", "#7FB5AC"
"""The colours of the site, and a pale one that goes with them."""


class Look(enum.StrEnum):
    """How the numbers of a column are displayed; the cell holds the exact value.

    A `SHARE` is stored from 0 to 1 and displayed as a percentage; in a column of `GAP`, zeros
    are red.  CSV has the values only.
    """

    PLAIN = "plain"
    COUNT = "count"
    DECIMAL = "decimal"
    SHARE = "share"
    GAP = "gap"


NUMBER_FORMATS = {
    Look.COUNT: "#,##0",
    Look.DECIMAL: "#,##0.0#",
    Look.SHARE: "0.0 %",
    Look.GAP: '#,##0;-#,##0;[Red]"0"',
}
"""Format codes of Excel, which displays them in the reader's locale."""


class Tone(enum.Enum):
    """The purpose of a sheet, as the colour of its tab."""

    GUIDE = ACCENT
    FIGURES = PALE
    TEXTS = WARM
    HISTORY = SOFT


class Fill(enum.Enum):
    """The colour of a series and that of the figures written on it."""

    ACCENT = (ACCENT, "#FFFFFF")
    PALE = (PALE, "#1A2422")
    SPARK = ("#F0A860", "#1A2422")
    WARM = (WARM, "#FFFFFF")
    GREY = ("#D9D4C7", "#1A2422")


class ChartKind(enum.StrEnum):
    """Vertical bars for one series; horizontal ones, stacked by number or to 100 %, for several.

    Horizontal bars are one for each row, the first row on top.
    """

    BARS = "bars"
    STACKED = "stacked"
    SHARES = "shares"


@dataclass(frozen=True)
class Series:
    """The column that a series of a chart is drawn from; its header is the series' name."""

    column: int
    fill: Fill


@dataclass(frozen=True)
class Chart:
    """A chart under the rows of a data sheet, drawn from cells and holding none of their texts.

    `categories` is the column that names the bars; `first` and `count` are the rows, the first
    one being 0.  `alt` describes the chart in words.  XLSX only: ODS and CSV ignore it, and
    have the same figures in their cells.
    """

    kind: ChartKind
    title: str
    categories: int
    series: Sequence[Series]
    first: int
    count: int
    alt: str

    def __post_init__(self) -> None:
        # A title that begins with = would be taken for a reference to a cell.
        if self.title.startswith("=") or not self.title or not self.alt:
            raise ValueError("a chart has a title, which is no formula, and an alternative text")
        if self.count < 1 or self.first < 0 or not self.series:
            raise ValueError(f"chart {self.title!r}: it is drawn from at least one cell")
