"""The place of what surrounds the rows of an ODS file: styles, settings, properties, package."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, TextIO
from zipfile import ZipFile, ZipInfo

from odf import config, dc, meta, number, office, style, table
from odf.opendocument import OpenDocumentSpreadsheet

from consultation.sheets.looks import ACCENT, Look
from consultation.sheets.tables import WRAP_FROM, Column, Table

CENTIMETRES_FOR_A_CHARACTER = 0.2
XML_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'

NUMBER_SHAPES: Mapping[Look, Mapping[str, str]] = {
    Look.COUNT: {"grouping": "true", "decimalplaces": "0"},
    Look.GAP: {"grouping": "true", "decimalplaces": "0"},
    Look.DECIMAL: {"grouping": "true", "decimalplaces": "2"},
    Look.SHARE: {"decimalplaces": "1"},
}
"""Of what XLSX shows, ODS has all but the colour of zeros."""


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
    Charts are not drawn: what they show stands in the cells.
    """

    def __init__(self, tables: Sequence[Table], properties: Mapping[str, str]) -> None:
        self._document = OpenDocumentSpreadsheet()
        self._add_properties(properties)
        self._add_cell_styles()
        self._widths: dict[int, Any] = {}
        for width in sorted({width for sheet in tables for width in sheet.widths()}):
            self._widths[width] = self._add_width(width)
        self._freeze({sheet.name: sheet.kept_columns for sheet in tables if sheet.kind == "data"})

    def other_parts(self) -> Iterator[tuple[ZipInfo, bytes]]:
        """Give every part of the package but `content.xml`, in the order that ODF asks for."""
        package = BytesIO()
        self._document.save(package)
        with ZipFile(package) as archive:
            for entry in archive.infolist():
                if entry.filename != "content.xml":
                    yield entry, archive.read(entry)

    def columns(self, sheet: Table) -> Iterator[Any]:
        """Give the column elements of a sheet."""
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
