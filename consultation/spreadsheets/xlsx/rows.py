"""Rows of an XLSX sheet, written straight as XML.

They take a fifth of the time of xlsxwriter.

The cells are those that xlsxwriter would write; it makes an object of each cell, looks at its
type twice and escapes repeated words each time.  The private names of xlsxwriter on which this
relies are listed in `tests/spreadsheets/xlsx/test_xlsx_rows.py`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from consultation.spreadsheets.cells import (
    EXACT_INTEGERS,
    BoundedCache,
    Cell,
    Part,
    begins_formula,
    is_short,
)
from consultation.spreadsheets.style import NUMBER_FORMATS

FIRST_SAFE_DATE = date(1900, 3, 1)
"""Excel counts a 29 February 1900, which did not exist; earlier dates are ISO texts."""

ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

Formats = dict[str, Any]
_Column = tuple[str, BoundedCache, Callable[[Cell], str]]


def write_rows(
    sheet: Worksheet, rows: Iterable[Sequence[Cell]], looks: Sequence[str], formats: Formats
) -> int:
    """Write rows below the header, `looks` being those of texts; return the number of the last.

    No cell can be written to the sheet afterwards.
    """
    columns = _columns(sheet, looks, formats)
    write, number = sheet.row_data_fh.write, 0
    for number, row in enumerate(rows, start=1):
        name = str(number + 1)
        written = [
            f'<c r="{letter}{name}{texts[cell] if type(cell) is str else other(cell)}'
            for (letter, texts, other), cell in zip(columns, row, strict=True)
            if cell is not None
        ]
        if written:
            sheet.dim_rowmax = number
            write(f'<row r="{name}">{"".join(written)}</row>')
    return number


def write_parts(
    sheet: Worksheet, rows: Iterable[Sequence[Part]], looks: Sequence[str], formats: Formats
) -> int:
    """Write rows in parts: the XML of each part is made once, without the row number."""
    columns = _columns(sheet, looks, formats)
    write, number = sheet.row_data_fh.write, 0
    for number, row in enumerate(rows, start=1):
        first = 0
        for part in row:
            if part.written is None:
                part.written = _around_numbers(columns[first:], part.cells)
            first += len(part.cells)
        name = str(number + 1)
        written = "".join([name.join(part.written) for part in row])
        if written:
            sheet.dim_rowmax = number
            write(f'<row r="{name}">{written}</row>')
    return number


def _around_numbers(columns: Sequence[_Column], cells: Sequence[Cell]) -> list[str]:
    """Return the XML of some cells, cut where the row number has to be inserted."""
    pieces = [""]
    for (letter, texts, other), cell in zip(columns, cells, strict=False):
        if cell is not None:
            pieces[-1] += f'<c r="{letter}'
            pieces.append(texts[cell] if type(cell) is str else other(cell))
    return pieces


def _columns(sheet: Worksheet, looks: Sequence[str], formats: Formats) -> Sequence[_Column]:
    """Return each column's letter and the writers of its texts and of its other cells."""
    sheet._write_single_row(1)  # the header, which xlsxwriter holds back until the next row
    by_look = {look: _Cells(sheet, formats, look) for look in looks}
    return [
        (xl_col_to_name(place), by_look[look].texts, by_look[look].other)
        for place, look in enumerate(looks)
    ]


class _Cells:
    """The XML of a cell of one look behind its reference: style, type, value and end tag."""

    def __init__(self, sheet: Worksheet, formats: Formats, look: str) -> None:
        self._sheet, self._formats = sheet, formats
        self._text_look = "text" if look in NUMBER_FORMATS else look
        self._number_look = f"{look} number" if f"{look} number" in formats else "other"
        self.texts = BoundedCache(self._text, is_short)
        self._by_type: dict[type, Callable[[Any], str]] = {
            int: BoundedCache(self._integer).__getitem__,
            float: self._number,
            bool: BoundedCache(self._boolean).__getitem__,
            date: BoundedCache(self._day).__getitem__,
            datetime: self._moment,
        }

    def other(self, cell: Cell) -> str:
        """Return the XML of a cell that is no text."""
        return self._by_type[type(cell)](cell)

    def _style(self, name: str) -> str:
        return f'" s="{self._formats[name]._get_xf_index()}"'

    def _text(self, text: str) -> str:
        name = f"{self._text_look}+" if begins_formula(text) else self._text_look
        return self._string(text, name if name in self._formats else self._text_look)

    def _string(self, text: str, name: str) -> str:
        space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
        if "_x" in text:
            text = ESCAPE_LIKE.sub("_x005F_", text)
        return f'{self._style(name)} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'

    def _integer(self, number: int) -> str:
        if abs(number) > EXACT_INTEGERS:
            return self._string(str(number), "other")
        return self._number(number)

    def _number(self, number: float) -> str:
        return f"{self._style(self._number_look)}><v>{number!r}</v></c>"

    def _boolean(self, value: bool) -> str:
        return f'{self._style("other")} t="b"><v>{value:d}</v></c>'

    def _day(self, day: date) -> str:
        return self._date(day, day, "date")

    def _moment(self, moment: datetime) -> str:
        return self._date(moment, moment.date(), "moment")

    def _date(self, value: date, day: date, name: str) -> str:
        if day < FIRST_SAFE_DATE:
            return self._string(str(value), "other")
        return f"{self._style(name)}><v>{self._sheet._convert_date_time(value)!r}</v></c>"
