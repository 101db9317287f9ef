"""CSV files: written in French spreadsheets' dialect, read in any usual one."""

import codecs
import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from consultation.spreadsheets.cells import BoundedCache, Cell, Part, is_short, neutralise, undo
from consultation.spreadsheets.reader.problems import (
    CELL_TOO_LONG,
    UNKNOWN_KIND,
    UNREADABLE_CSV,
    refusal,
    too_many_columns,
    too_many_rows,
)
from consultation.spreadsheets.reader.sandbox import MAX_COLUMNS, MAX_ROWS, CellValue
from consultation.spreadsheets.table import Finish, RowsOf, Table

DELIMITERS = ";,\t"
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
QUICK = 1
"""Level of compression: three times as fast as the usual one, for a quarter more on the disk."""

_QUOTED = re.compile('[;"\r\n]')
"""Characters for which csv quotes a cell."""

READABLE_CONTROLS = frozenset("\t\n\r\f\x85")


def write(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    """Write a zip with one CSV file for each table; CSV has no place for `properties`."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=QUICK) as archive:
        for table in tables:
            with archive.open(f"{table.name}.csv", "w") as entry:
                _write_table(table, entry, rows_of)


def write_one(table: Table, folder: Path, rows_of: RowsOf) -> None:
    """Write one table as a CSV file of its name."""
    with (folder / f"{table.name}.csv").open("wb") as file:
        _write_table(table, file, rows_of)


def _write_table(table: Table, binary: IO[bytes], rows_of: RowsOf) -> None:
    binary.write(codecs.BOM_UTF8)  # Python's own way of writing it is slower all along
    with TextIOWrapper(binary, encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        if table.kind == "data":
            writer.writerow(map(neutralise, table.headers()))
        if table.is_in_parts:
            _write_parts(stream, rows_of(table))
        else:
            writer.writerows(map(_with_safe_start, rows_of(replace(table, finish=FINISH))))


def _write_parts(stream: TextIOWrapper, rows: Iterable[Sequence[Part]]) -> None:
    """Write rows in parts as csv would; each part is written once and ends in the delimiter."""
    cells = BoundedCache(_field, lambda cell: type(cell) is str and is_short(cell))
    for row in rows:
        for part in row:
            if part.written is None:
                part.written = "".join([f"{cells[cell]};" for cell in part.cells])
        stream.write(f"{_safe_start(''.join([part.written for part in row])[:-1])}\r\n")


def _with_safe_start(row: Sequence[Any]) -> Sequence[Any]:
    return [_safe_start(str(row[0])), *row[1:]] if row and str(row[0])[:1] == "-" else row


def _safe_start(start: str) -> str:
    """Make a text of a negative number that begins a line; texts are protected already.

    A reader with another separator would take that number and the texts after it for one cell.
    """
    return f"'{start}" if start[:1] == "-" else start


def _field(cell: Cell) -> str:
    text = written(cell)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text


def written(cell: Cell) -> str:
    """Return a cell as CSV writes it; only texts are neutralised."""
    if isinstance(cell, str):
        return neutralise(cell)
    if isinstance(cell, bool | int):
        return str(int(cell))
    if isinstance(cell, float):
        return repr(cell).replace(".", ",")
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else ""


LONGEST_CELL = 131_072
"""Characters; `CELL_TOO_LONG` says so."""
FINISH = Finish.of_plain(written)
"""The types that it leaves alone, csv itself writes as `written` does."""


def read(content: bytes, filename: str) -> list[list[CellValue]]:
    """Return the rows of a CSV file, all of one width; cells are texts, or None when empty.

    Texts come without the apostrophes that `write` gave them (`cells.undo`).  The encoding is
    that of the byte order mark, else UTF-8, else Windows-1252.  The delimiter (`;`, `,` or tab)
    is the one that cuts the first line into most cells.  A blank line is a row, so that rows are
    numbered as in a spreadsheet.
    """
    csv.field_size_limit(LONGEST_CELL)  # of the whole process: another library may have raised it
    text = _decoded(content, filename)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[list[CellValue]] = []
    begun = 0  # lines before the row that is being read
    try:
        for row in reader:
            if len(rows) == MAX_ROWS:
                raise too_many_rows(filename, Path(filename).stem)
            if len(row) > MAX_COLUMNS:
                raise too_many_columns(filename, Path(filename).stem)
            rows.append([undo(value) or None if value else None for value in row])
            begun = reader.line_num
    except csv.Error as error:
        if "field limit" in str(error):  # csv raises one class for that and unmatched quotes
            raise refusal(CELL_TOO_LONG, name=filename, line=begun + 1) from None
        raise refusal(UNREADABLE_CSV, name=filename, line=reader.line_num) from None
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]


def _decoded(content: bytes, filename: str) -> str:
    marked = next((MARKS[mark] for mark in MARKS if content.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text
    raise refusal(UNKNOWN_KIND, name=filename)


def _is_text(text: str) -> bool:
    """Whether a file is text, and not a picture, a PDF, a web page, which begin otherwise."""
    controls = {character for character in set(text) if character < " "}
    return controls <= READABLE_CONTROLS and not text.lstrip().startswith(("<", "%PDF", "{\\rtf"))


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter), []))
        except csv.Error:  # a cell that is too long, at least as this delimiter cuts
            return 0

    return max(DELIMITERS, key=cells)
