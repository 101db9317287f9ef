"""ODS writer: package, styles and rows."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from odf import config, dc, meta, number, office, style, table
from odf import table as odf_table
from odf.opendocument import OpenDocumentSpreadsheet
from xlsxwriter.utility import xl_col_to_name

from consultation.spreadsheets.cells import EXACT_INTEGERS, Cell
from consultation.spreadsheets.style import ACCENT, Look
from consultation.spreadsheets.table import WRAP_FROM, Column, RowsOf, Table

CENTIMETRES_FOR_A_CHARACTER = 0.2
XML_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'

NUMBER_SHAPES: Mapping[Look, Mapping[str, str]] = {
    Look.COUNT: {"grouping": "true", "decimalplaces": "0"},
    Look.GAP: {"grouping": "true", "decimalplaces": "0"},
    Look.DECIMAL: {"grouping": "true", "decimalplaces": "2"},
    Look.SHARE: {"decimalplaces": "1"},
}
"""The number formats of XLSX, but for the colour of zeros."""


PAGES: Mapping[str, Mapping[str, str]] = {
    "data": {"pagewidth": "42cm", "pageheight": "29.7cm", "printorientation": "landscape"},
    "text": {"pagewidth": "21cm", "pageheight": "29.7cm", "printorientation": "portrait"},
}
"""The page on which each kind of sheet is printed."""


def sheet_style(kind: str) -> str:
    """Return the name of the style of sheets of that kind."""
    return f"{kind}-sheet"


def frozen(columns: int) -> dict[str, tuple[str, str]]:
    """Return the settings that keep the first row and these columns in sight."""
    return {
        "HorizontalSplitMode": ("short", "2" if columns else "0"),
        "HorizontalSplitPosition": ("int", str(columns)),
        "VerticalSplitMode": ("short", "2"),
        "VerticalSplitPosition": ("int", "1"),
        "ActiveSplitRange": ("short", "3" if columns else "2"),
        "PositionLeft": ("int", "0"),
        "PositionRight": ("int", str(columns)),
        "PositionTop": ("int", "0"),
        "PositionBottom": ("int", "1"),
    }


class Frame:
    """The parts of an ODS file around its rows.

    Cells may name the styles header, heading, title, date and moment; others follow their column.
    Charts are not drawn: their figures are in the cells.
    """

    def __init__(self, tables: Sequence[Table], properties: Mapping[str, str]) -> None:
        self._document = OpenDocumentSpreadsheet()
        self._add_properties(properties)
        self._add_cell_styles()
        for kind in PAGES:
            self._add_page(kind)
        self._widths: dict[int, Any] = {}
        for width in sorted({width for sheet in tables for width in sheet.widths()}):
            self._widths[width] = self._add_width(width)
        self._freeze({sheet.name: sheet.kept_columns for sheet in tables if sheet.kind == "data"})

    def other_parts(self) -> Iterator[tuple[ZipInfo, bytes]]:
        """Yield every part of the package but `content.xml`, in the order that ODF requires."""
        package = BytesIO()
        self._document.save(package)
        with ZipFile(package) as archive:
            for entry in archive.infolist():
                if entry.filename != "content.xml":
                    yield entry, archive.read(entry)

    def columns(self, sheet: Table) -> Iterator[Any]:
        """Yield the column elements of a sheet."""
        columns = sheet.columns or [Column("", width) for width in sheet.widths()]
        for column in columns:
            wraps = sheet.kind == "text" or column.width >= WRAP_FROM
            plain = "wrapped" if wraps else "plain"
            yield table.TableColumn(
                stylename=self._widths[column.width],
                defaultcellstylename=plain if column.look is Look.PLAIN else column.look.value,
            )

    def open_content(self, stream: TextIO) -> None:
        """Write `content.xml` up to the first sheet."""
        stream.write(XML_PROLOGUE)
        self._root = office.DocumentContent()
        self._root.write_open_tag(0, stream)
        self._document.automaticstyles.toXml(1, stream)
        self._document.body.write_open_tag(1, stream)
        self._document.spreadsheet.write_open_tag(1, stream)

    def close_content(self, stream: TextIO, filters: Mapping[str, str]) -> None:
        """Write `content.xml` from after the last sheet on; `filters` are ranges by sheet."""
        ranges = table.DatabaseRanges()
        for position, address in enumerate(filters.values()):
            ranges.addElement(
                table.DatabaseRange(
                    name=f"__Anonymous_Sheet_DB__{position}",
                    targetrangeaddress=address,
                    displayfilterbuttons="true",
                )
            )
        if filters:
            ranges.toXml(1, stream)
        for element in (self._document.spreadsheet, self._document.body, self._root):
            element.write_close_tag(1, stream)

    def _add_properties(self, properties: Mapping[str, str]) -> None:
        elements = [
            dc.Title(text=properties.get("title", "")),
            meta.InitialCreator(text=properties.get("author", "")),
            dc.Creator(text=properties.get("author", "")),
            dc.Language(text="fr-FR"),
        ]
        for element in elements:
            self._document.meta.addElement(element)

    def _add_cell_styles(self) -> None:
        french = style.DefaultStyle(family="table-cell")
        french.addElement(style.TextProperties(language="fr", country="FR"))
        self._document.styles.addElement(french)
        self._add_date_styles()
        self._add_cell_style("plain", {})
        self._add_cell_style("wrapped", {"wrapoption": "wrap"})
        self._add_cell_style(
            "header", {"wrapoption": "wrap", "backgroundcolor": ACCENT}, bold=True, colour="#FFFFFF"
        )
        self._add_cell_style("heading", {}, bold=True, colour=ACCENT)
        self._add_cell_style("title", {}, bold=True, size="14pt", colour=ACCENT)
        self._add_cell_style("date", {}, data_style="date-format")
        self._add_cell_style("moment", {}, data_style="moment-format")
        self._add_number_styles()

    def _add_cell_style(
        self,
        name: str,
        cell: Mapping[str, str],
        *,
        bold: bool = False,
        size: str = "10pt",
        colour: str = "",
        data_style: str | None = None,
    ) -> None:
        element = style.Style(name=name, family="table-cell")
        if data_style:
            element.setAttribute("datastylename", data_style)
        element.addElement(style.TableCellProperties(verticalalign="top", **cell))
        weight = "bold" if bold else "normal"
        text = {"fontsize": size, "fontweight": weight, **({"color": colour} if colour else {})}
        element.addElement(style.TextProperties(**text))
        self._document.automaticstyles.addElement(element)

    def _add_date_styles(self) -> None:
        """Add jj/mm/aaaa, and the same followed by hh:mm:ss."""
        for name, has_time in (("date-format", False), ("moment-format", True)):
            look = number.DateStyle(name=name)
            parts = [number.Day(style="long"), "/", number.Month(style="long"), "/"]
            parts.append(number.Year(style="long"))
            if has_time:
                parts += [" ", number.Hours(style="long"), ":", number.Minutes(style="long")]
                parts += [":", number.Seconds(style="long")]
            for part in parts:
                look.addElement(number.Text(text=part) if isinstance(part, str) else part)
            self._document.automaticstyles.addElement(look)

    def _add_page(self, kind: str) -> None:
        """Print the sheets of a kind on pages as wide as all their columns."""
        page = style.PageLayout(name=f"{kind}-page")
        properties = style.PageLayoutProperties(**PAGES[kind], scaletox="1", scaletoy="0")
        page.addElement(properties)
        master = style.MasterPage(name=f"{kind}-page", pagelayoutname=page)
        sheet = style.Style(name=sheet_style(kind), family="table", masterpagename=master)
        for element in (page, sheet):
            self._document.automaticstyles.addElement(element)
        self._document.masterstyles.addElement(master)

    def _add_number_styles(self) -> None:
        """Add a style for each look; a column's numbers take it from their column."""
        for look, shape in NUMBER_SHAPES.items():
            is_share = look is Look.SHARE
            kind = number.PercentageStyle if is_share else number.NumberStyle
            format_ = kind(name=f"{look.value}-format")
            format_.addElement(number.Number(minintegerdigits="1", **shape))
            if is_share:
                format_.addElement(number.Text(text=" %"))
            self._document.automaticstyles.addElement(format_)
            self._add_cell_style(look.value, {}, data_style=f"{look.value}-format")

    def _add_width(self, width: int) -> Any:
        element = style.Style(name=f"width{width}", family="table-column")
        centimetres = f"{width * CENTIMETRES_FOR_A_CHARACTER:.2f}cm"
        element.addElement(style.TableColumnProperties(columnwidth=centimetres))
        self._document.automaticstyles.addElement(element)
        return element

    def _freeze(self, columns_by_sheet: Mapping[str, int]) -> None:
        """Keep the first row and some columns of these sheets in sight."""
        sheets = config.ConfigItemMapNamed(name="Tables")
        for name, columns in columns_by_sheet.items():
            entry = config.ConfigItemMapEntry(name=name)
            for key, (kind, value) in frozen(columns).items():
                entry.addElement(config.ConfigItem(name=key, type=kind, text=value))
            sheets.addElement(entry)
        view = config.ConfigItemMapEntry()
        view.addElement(config.ConfigItem(name="ViewId", type="string", text="view1"))
        view.addElement(sheets)
        views = config.ConfigItemMapIndexed(name="Views")
        views.addElement(view)
        settings = config.ConfigItemSet(name="ooo:view-settings")
        settings.addElement(views)
        self._document.settings.addElement(settings)


# ODF drops the blanks at the ends of a paragraph, joins those inside, and takes a tab for one.
_BLANKS = re.compile("^ +| +$|  +|\t")


def write(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    """Write an ODS file.

    odfpy makes the styles, the settings and the package.  It would hold every cell as objects
    (18 kB a row of ten), so rows are written straight into `content.xml`, one by one.
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
    escaped = (_BLANKS.sub(_blank, escape(line)) for line in text.split("\n"))
    lines = "".join(f"<text:p>{line}</text:p>" for line in escaped)
    kind = f'{_styled(style)} office:value-type="string"'
    return f"<table:table-cell{kind}>{lines}</table:table-cell>"


def _blank(match: re.Match[str]) -> str:
    blanks = match.group()
    return "<text:tab/>" if blanks == "\t" else f'<text:s text:c="{len(blanks)}"/>'


def _date(value: date) -> str:
    day = f"{value.day:02}/{value.month:02}/{value.year:04}"
    if isinstance(value, datetime):
        return _typed("date", "date-value", value.isoformat(), f"{day} {value:%H:%M:%S}", "moment")
    return _typed("date", "date-value", value.isoformat(), day, "date")


def _typed(kind: str, attribute: str, value: str, text: str, style: str = "") -> str:
    return (
        f'<table:table-cell{_styled(style)} office:value-type="{kind}" '
        f'office:{attribute}="{value}"><text:p>{text}</text:p></table:table-cell>'
    )


def _styled(style: str) -> str:
    return f' table:style-name="{style}"' if style else ""


def _filters(tables: Sequence[Table], last_rows: Mapping[str, int]) -> dict[str, str]:
    """Return the range of cells that gets filters, by sheet."""
    ranges = {}
    for sheet in tables:
        if sheet.kind == "data":
            quoted = "'" + sheet.name.replace("'", "''") + "'"
            letter = xl_col_to_name(len(sheet.columns) - 1)
            ranges[sheet.name] = f"{quoted}.A1:{quoted}.{letter}{last_rows[sheet.name]}"
    return ranges
