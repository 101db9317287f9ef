"""The place of one cell: what it may hold, and how that is made fit for every format."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Cell = str | int | float | bool | date | datetime | None

MAX_TEXT = 32_767
"""UTF-16 units in one cell, the limit of Excel; LibreOffice and CSV are held to it too."""

EXACT_INTEGERS = 2**53
"""Beyond it, a spreadsheet's number no longer holds every whole number."""

PARIS = ZoneInfo("Europe/Paris")

SHORT_TEXT = 80
"""Texts up to this length come back again and again: labels, codes, receipts."""

MOST_REMEMBERED = 4096

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")


class Remembered(dict[Any, Any]):
    """What `make` makes of a value, asked once while that value keeps coming back.

    To be read by `[]`.  It holds no more than some thousand values, of those that are `kept`.
    """

    def __init__(
        self, make: Callable[[Any], Any], kept: Callable[[Any], bool] = lambda value: True
    ) -> None:
        super().__init__()
        self._make, self._kept = make, kept

    def __missing__(self, value: Any) -> Any:
        made = self._make(value)
        if self._kept(value):
            if len(self) >= MOST_REMEMBERED:
                self.clear()
            self[value] = made
        return made


class Part:
    """Cells that stand side by side in many rows, at one place: checked once, and written once.

    `written` is what the writer of their sheet makes of them.
    """

    __slots__ = ("cells", "is_plain", "written")

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.is_plain = False
        self.written: Any = None


def plain(value: Cell) -> Cell:
    """Return `value` as every format can write it.

    Texts lose what XML cannot hold and end their lines by LF.  Empty texts, infinities and
    NaN (or pandas' NaT) become None.  Datetimes become naive, in Paris time, to the second.
    Subclasses (numpy's floats, pandas' Timestamp, string enumerations) become the plain type.
    Raises TypeError for anything that is not a `Cell`.
    """
    if isinstance(value, str):
        return clean(value) or None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date):
        return _plain_date(value)
    raise TypeError(f"a cell cannot hold {type(value).__name__}")


def clean(text: str) -> str:
    """Return `text` without what XML cannot hold, its lines ended by LF."""
    if type(text) is str and text.isprintable():  # nearly all are, and this is ten times as fast
        return text
    return _UNWRITABLE.sub("", _LINE_END.sub("\n", text))


def is_short(text: str) -> bool:
    """Tell whether a text is worth remembering."""
    return len(text) <= SHORT_TEXT


def utf16_length(text: str) -> int:
    """Return the length of `text` as spreadsheets count it: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def is_too_long(text: str) -> bool:
    """Tell whether a spreadsheet would cut `text`."""
    return len(text) > MAX_TEXT // 2 and utf16_length(text) > MAX_TEXT


def _plain_date(value: date) -> date | None:
    if not isinstance(value, datetime):
        return value
    if value != value:  # pandas' NaT is a datetime that equals nothing
        return None
    if value.tzinfo is not None:
        value = value.astimezone(PARIS)
    return datetime.combine(value.date(), value.time().replace(microsecond=0))
