"""The place of ODS: rows streamed into the frame that `ods_frame` builds with odfpy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from odf import table as odf_table
from xlsxwriter.utility import xl_col_to_name

from consultation.sheets.cells import EXACT_INTEGERS, Cell
from consultation.sheets.ods_frame import Frame, sheet_style
from consultation.sheets.tables import RowsOf, Table

# ODF drops the blanks at the ends of a paragraph, joins those inside, and takes a tab for one.
_BLANKS = re.compile("^ +| +$|  +|\t")


def write(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    """Write an ODS file.

    odfpy makes the styles, the settings and the package.  It would hold every cell as objects
    (18 kB a row of ten), so rows are written straight into `content.xml`, as they come.
    """
    frame = Frame(tables, properties)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for entry, part in frame.other_parts():
            archive.writestr(entry, part)
        with (
            archive.open("content.xml", "w") as binary,
            TextIOWrapper(binary, encoding="utf-8", newline="") as stream,
        ):
            frame.open_content(stream)
            last_rows = {
                table.name: _write_table(stream, frame, table, rows_of) for table in tables
            }
            frame.close_content(stream, _filters(tables, last_rows))


def _write_table(stream: TextIO, frame: Frame, table: Table, rows_of: RowsOf) -> int:
    """Write one sheet and return the number of its last row."""
    element = odf_table.Table(name=table.name, stylename=sheet_style(table.kind))
    element.write_open_tag(1, stream)
    for column in frame.columns(table):
        column.toXml(1, stream)
    if table.kind == "data":
        stream.write(_row(_string(header, "header") for header in table.headers()))
    number = table.first_row() - 1
    for number, row in enumerate(rows_of(table.flat()), start=table.first_row()):
        look = "title" if table.kind == "text" and number == 1 else ""
        look = "heading" if table.is_heading(row) else look
        stream.write(_row(_cell(cell, look) for cell in row))
    if not number:
        stream.write(_row([]))  # a sheet without any row is not valid
    element.write_close_tag(1, stream)
    return number


def _row(cells: Iterable[str]) -> str:
    content = "".join(cells) or "<table:table-cell/>"
    return f"<table:table-row>{content}</table:table-row>"


def _cell(cell: Cell, style: str) -> str:
    if isinstance(cell, str):
        return _string(cell, style)
    if isinstance(cell, bool):
        return _typed("boolean", "boolean-value", str(cell).lower(), "VRAI" if cell else "FAUX")
    if isinstance(cell, int) and abs(cell) > EXACT_INTEGERS:
        return _string(str(cell), style)
    if isinstance(cell, int | float):
        return _typed("float", "value", repr(cell), repr(cell).replace(".", ","))
    if isinstance(cell, date):
        return _date(cell)
    return "<table:table-cell/>"


def _string(text: str, style: str) -> str:
    lines = "".join(f"<text:p>{_line(line)}</text:p>" for line in text.split("\n"))
    kind = f'{_styled(style)} office:value-type="string"'
    return f"<table:table-cell{kind}>{lines}</table:table-cell>"


def _line(text: str) -> str:
    return _BLANKS.sub(_blank, escape(text))


def _blank(found: re.Match[str]) -> str:
    blanks = found.group()
    return "<text:tab/>" if blanks == "\t" else f'<text:s text:c="{len(blanks)}"/>'


def _date(value: date) -> str:
    day = f"{value.day:02}/{value.month:02}/{value.year:04}"
    if isinstance(value, datetime):
        return _typed("date", "date-value", value.isoformat(), f"{day} {value:%H:%M:%S}", "moment")
    return _typed("date", "date-value", value.isoformat(), day, "date")


def _typed(kind: str, attribute: str, value: str, shown: str, style: str = "") -> str:
    return (
        f'<table:table-cell{_styled(style)} office:value-type="{kind}" '
        f'office:{attribute}="{value}"><text:p>{shown}</text:p></table:table-cell>'
    )


def _styled(style: str) -> str:
    return f' table:style-name="{style}"' if style else ""


def _filters(tables: Sequence[Table], last_rows: Mapping[str, int]) -> dict[str, str]:
    """Return the range of cells that gets filters, by sheet."""
    ranges = {}
    for table in tables:
        if table.kind == "data":
            quoted = "'" + table.name.replace("'", "''") + "'"
            letter = xl_col_to_name(len(table.columns) - 1)
            ranges[table.name] = f"{quoted}.A1:{quoted}.{letter}{last_rows[table.name]}"
    return ranges
