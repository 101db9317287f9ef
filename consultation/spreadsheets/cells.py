"""Cells to write: their types, cleaning, and protection against formulas in CSV.

Whoever opens a CSV chooses its separator, and Excel chooses it by the country of the computer.
Another one than ours cuts a text into cells of its own: at each separator, and at each line
break, since quotes only count where a cell begins.  A text is therefore protected at every place
where some reader may begin a cell, and not only where it begins itself.
"""

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
"""Up to this size, a spreadsheet stores every whole number exactly."""

PARIS = ZoneInfo("Europe/Paris")

SHORT_TEXT = 80
"""Texts up to this length are often repeated (labels, codes, receipts), and are cached."""

MOST_REMEMBERED = 4096

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")


class BoundedCache(dict[Any, Any]):
    """Cache of `make(value)`, read by `[]`.

    Holds at most `MOST_REMEMBERED` values, of those that are `kept`; a full cache is emptied.
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
    """Adjacent cells that many rows share at one place: checked once, and written once.

    `written` caches what the writer of their sheet made of them.
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
    """Whether a text is worth caching."""
    return len(text) <= SHORT_TEXT


def utf16_length(text: str) -> int:
    """Return the length of `text` as spreadsheets count it: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def is_too_long(text: str) -> bool:
    """Whether a spreadsheet would cut `text`."""
    return len(text) > MAX_TEXT // 2 and utf16_length(text) > MAX_TEXT


def _plain_date(value: date) -> date | None:
    if not isinstance(value, datetime):
        return value
    if value != value:  # pandas' NaT is a datetime that equals nothing
        return None
    if value.tzinfo is not None:
        value = value.astimezone(PARIS)
    return datetime.combine(value.date(), value.time().replace(microsecond=0))


SEPARATORS = ";,\t|"
"""The separators of CSV that some spreadsheet may use."""

RULE = (
    "Un tableur prend pour une formule une cellule qui commence par « = », « + », « - », « @ » ou"
    " une tabulation, et il peut couper un texte à chaque « ; », « , », « | », tabulation ou"
    " retour à la ligne. Au début du texte et après chacune de ces coupures, une apostrophe, qui"
    " n'est pas de la personne, est donc ajoutée devant ce qui commence ainsi ; une coupure qui"
    " finit le texte en est suivie aussi."
)
"""How CSV files explain the apostrophes to their readers."""

UNDOING = (
    "Pour retrouver le texte exact, ôtez une apostrophe, une seule, à chacune de ces places où"
    " elle est suivie d'un de ces signes, de leurs variantes pleine chasse, petites, en exposant"
    " ou en indice, ou d'une tabulation (au début du texte, d'un retour à la ligne aussi ;"
    " ailleurs, de la fin du texte aussi), sans compter les apostrophes, guillemets droits,"
    " espaces et caractères invisibles qui les séparent. Cette application le fait quand elle"
    " relit un CSV."
)
"""How other programs than ours, which uses `undo`, get the exact texts back."""

_BREAKS = "\n\r\x85\u2028\u2029"
_FORMULA_STARTS = (
    "=+\\-@"
    "\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
)
"""Characters that begin a formula, and those that compatibility (NFKC) turns into them."""

_SKIPPED = (
    "'\" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # apostrophes, quotes, spaces
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls that cut nothing
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
"""Characters that some spreadsheets drop before a formula, or take for quotes."""

_FIRST = re.compile(f"[{_SKIPPED}]*+[{_FORMULA_STARTS}\t{_BREAKS}]")
_LATER = rf"(?=[{_SKIPPED}]*+(?:[{_FORMULA_STARTS}\t\r]|\Z))"
_UNPROTECTED = re.compile(f"([{SEPARATORS}{_BREAKS}]){_LATER}")
_PROTECTED = re.compile(f"([{SEPARATORS}{_BREAKS}])'{_LATER}")


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet may run `text` instead of displaying it.

    Blanks, invisible characters, quotes and apostrophes in front do not help: some spreadsheets
    drop them.  Full-width and small variants of the characters count as well.
    """
    # No formula begins with a letter or a digit; testing that first is three times as fast.
    return not text[:1].isalnum() and _FIRST.match(text) is not None


def neutralise(text: str) -> str:
    """Return `text` with an apostrophe wherever a cell of a CSV could begin a formula.

    That is before its beginning, and after each separator and line break, where a formula or a
    tab follows; and after a separator that ends the text, behind which our closing quote would be
    taken for an opening one.  For CSV only, where a text has no type; `undo` reverses it.
    """
    protected = _UNPROTECTED.sub(r"\1'", text)
    return f"'{protected}" if begins_formula(text) else protected


def undo(text: str) -> str:
    """Return the exact text that `neutralise` was given.

    An apostrophe is ours where `neutralise` would have added one to the text behind it:
    `neutralise` looks through apostrophes, and adds one to those that were there.
    """
    is_protected = text.startswith("'") and begins_formula(text[1:])
    return _PROTECTED.sub(r"\1", text[1:] if is_protected else text)
