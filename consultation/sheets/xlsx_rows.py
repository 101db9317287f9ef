"""Rows of XLSX written as they stand in the file: what long sheets spend their time on.

The cells are those that xlsxwriter would write, at a fifth of its cost: it makes an object of each
cell, asks its type twice and escapes the same words again and again.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from consultation.sheets.cells import EXACT_INTEGERS, Cell, Remembered, is_short
from consultation.sheets.neutral import begins_formula

FIRST_SAFE_DATE = date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was; earlier dates are written as ISO text."""

ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

Formats = dict[str, Any]


def write_rows(
    sheet: Worksheet, rows: Iterable[Sequence[Cell]], looks: Sequence[str], formats: Formats
) -> int:
    """Write rows below the header, `looks` being those of texts; return the number of the last.

    The sheet takes no further cell afterwards.
    """
    sheet._write_single_row(1)  # the header, which waits for the row after it
    cells = _Cells(sheet, formats)
    columns = [(xl_col_to_name(place), cells.texts(look)) for place, look in enumerate(looks)]
    write, number = sheet.row_data_fh.write, 0
    for number, row in enumerate(rows, start=1):
        name = str(number + 1)
        written = [
            f'<c r="{letter}{name}{texts[cell] if type(cell) is str else cells.other(cell)}'
            for (letter, texts), cell in zip(columns, row, strict=True)
            if cell is not None
        ]
        if written:
            sheet.dim_rowmax = number
            write(f'<row r="{name}">{"".join(written)}</row>')
    return number


class _Cells:
    """What follows the place of a cell: its style, its type and its value, ended."""

    def __init__(self, sheet: Worksheet, formats: Formats) -> None:
        self._sheet, self._formats = sheet, formats
        self._days = Remembered(self._day)
        self._looks: dict[str, Remembered] = {}
        self._by_type: dict[type, Callable[[Any], str]] = {
            int: Remembered(self._integer).__getitem__,
            float: self._number,
            bool: {True: self._boolean(1), False: self._boolean(0)}.__getitem__,
            date: self._days.__getitem__,
            datetime: self._moment,
        }

    def texts(self, look: str) -> Remembered:
        """Return what texts of a look become, asked once while a short one keeps coming back."""
        return self._looks.setdefault(
            look, Remembered(lambda text: self._text(text, look), is_short)
        )

    def other(self, cell: Cell) -> str:
        """Return what a cell that is no text becomes."""
        return self._by_type[type(cell)](cell)

    def _style(self, name: str) -> str:
        return f'" s="{self._formats[name]._get_xf_index()}"'

    def _text(self, text: str, look: str) -> str:
        name = f"{look}+" if begins_formula(text) and f"{look}+" in self._formats else look
        space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
        if "_x" in text:
            text = ESCAPE_LIKE.sub("_x005F_", text)
        style = self._style(name)
        return f'{style} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'

    def _number(self, number: float) -> str:
        return f"{self._style('other')}><v>{number!r}</v></c>"

    def _integer(self, number: int) -> str:
        is_exact = abs(number) <= EXACT_INTEGERS
        return self._number(number) if is_exact else self._text(str(number), "other")

    def _boolean(self, bit: int) -> str:
        return f'{self._style("other")} t="b"><v>{bit}</v></c>'

    def _day(self, day: date) -> str:
        return self._date(day, day, "date")

    def _moment(self, moment: datetime) -> str:
        return self._date(moment, moment.date(), "moment")

    def _date(self, value: date, day: date, look: str) -> str:
        if day < FIRST_SAFE_DATE:
            return self._text(str(value), "other")
        return f"{self._style(look)}><v>{self._sheet._convert_date_time(value)!r}</v></c>"
