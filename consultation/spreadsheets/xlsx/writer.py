"""XLSX writer: typed cells by xlsxwriter, a row at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from consultation.spreadsheets.cells import EXACT_INTEGERS, Cell, begins_formula, clean
from consultation.spreadsheets.style import ACCENT, NUMBER_FORMATS, Look
from consultation.spreadsheets.table import (
    CHOICES_SHEET,
    MAX_ROWS,
    WRAP_FROM,
    Column,
    RowsOf,
    Table,
)
from consultation.spreadsheets.xlsx import layout
from consultation.spreadsheets.xlsx.rows import (
    ESCAPE_LIKE,
    FIRST_SAFE_DATE,
    Formats,
    write_parts,
    write_rows,
)

ON_ACCENT = {"bg_color": ACCENT, "font_color": "#FFFFFF"}
PADDED = {"indent": 1, "align": "left"}


class PlainWorksheet(Worksheet):
    """A worksheet that writes texts and numbers exactly.

    In constant memory, xlsxwriter copies a text that begins with `<r>` and ends with `</r>`
    into the sheet as markup (by which a respondent could write formulas), forgets to escape
    the second of two overlapping sequences such as `_x0041_x0042_`, and rounds numbers to 16
    digits.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[Any] = ()) -> None:
        has_edges = string[:1].isspace() or string[-1:].isspace()
        self._xml_inline_string(string, has_edges, attributes)

    def _xml_number_element(self, number: float, attributes: Sequence[Any] = ()) -> None:
        self._xml_start_tag("c", attributes)
        self._xml_data_element("v", repr(number))
        self._xml_end_tag("c")

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        return ESCAPE_LIKE.sub("_x005F_", data) if isinstance(data, str) else data


def write(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    """Write an XLSX file; working files stay in the folder of `path`."""
    choices: list[Sequence[str]] = []
    with opened(path) as workbook:
        workbook.set_properties({key: properties.get(key, "") for key in ("title", "author")})
        formats = formats_of(workbook)
        for table in tables:
            sheet = workbook.add_worksheet(table.name, worksheet_class=PlainWorksheet)
            if table.kind == "data":
                last = _write_data(sheet, table, rows_of(table), formats, choices)
            else:
                last = _write_text(sheet, table, rows_of(table), formats)
            layout.finish(workbook, sheet, table, last)
        if choices:
            _write_choices(workbook, choices)


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """Open a workbook that is complete at `path` when the block ends; rows are written in order."""
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = Workbook(str(path), options)
    try:
        yield workbook
        workbook.close()
    except FileCreateError as error:
        raise error.args[0] from error
    finally:
        for sheet in workbook.worksheets():
            with suppress(OSError):  # where there is no room to flush, it is closed all the same
                sheet.row_data_fh.close()


def formats_of(workbook: Workbook, also: Mapping[str, Any] | None = None) -> Formats:
    """Return the formats by name, `also` in each; `+` in a name: the text looks like a formula.

    The quote prefix keeps such a text a text when its cell is edited.
    """
    top = {"valign": "top", **(also or {})}
    looks: dict[str, dict[str, Any]] = {
        "header": {"bold": True, "text_wrap": True, **PADDED, **ON_ACCENT, **top},
        "title": {"bold": True, "font_size": 14, "font_color": ACCENT, **top},
        "heading": {"bold": True, "font_color": ACCENT, "bottom": 1, **top},
        "other": top,
        "typed": {"num_format": "@", **top},
        "date": {"num_format": "dd/mm/yyyy", **PADDED, **top},
        "moment": {"num_format": "dd/mm/yyyy hh:mm:ss", **PADDED, **top},
        "text": {**PADDED, **top},
        "text+": {**PADDED, "quote_prefix": True, **top},
        "wrapped": {**PADDED, "text_wrap": True, **top},
        "wrapped+": {**PADDED, "text_wrap": True, "quote_prefix": True, **top},
        "prose": {"text_wrap": True, **top},
        "prose+": {"text_wrap": True, "quote_prefix": True, **top},
        "prose number": {"num_format": NUMBER_FORMATS[Look.COUNT], "align": "left", **top},
    }
    for look, number_format in NUMBER_FORMATS.items():
        looks[f"{look} number"] = {"num_format": number_format, **top}
    return {name: workbook.add_format(look) for name, look in looks.items()}


def _write_data(
    sheet: Worksheet,
    table: Table,
    rows: Iterator[Sequence[Any]],
    formats: Formats,
    choices: list[Sequence[str]],
) -> int:
    """Write a data sheet and return the number of its last row."""
    sheet.set_row(0, layout.header_height(table))
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width, formats["typed"] if column.is_text else None)
        sheet.write_string(0, index, clean(column.header), formats["header"])
        if column.note:
            sheet.write_comment(0, index, clean(column.note))
        if column.choices:
            choices.append(column.choices)
            _offer(sheet, index, len(choices) - 1, len(column.choices))
        if column.choices_from:
            _offer_range(sheet, index, column.choices_from)
    write = write_parts if table.is_in_parts else write_rows
    last = write(sheet, rows, [_look_of(column) for column in table.columns], formats)
    sheet.freeze_panes(1, table.kept_columns)
    sheet.autofilter(0, 0, last, len(table.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MAX_ROWS}"})
    return last


def _look_of(column: Column) -> str:
    if column.look is not Look.PLAIN:
        return column.look
    return "wrapped" if column.width >= WRAP_FROM else "text"


def _write_text(
    sheet: Worksheet, table: Table, rows: Iterator[Sequence[Cell]], formats: Formats
) -> int:
    """Write a text sheet and return the number of its last row."""
    for index, width in enumerate(table.widths()):
        sheet.set_column(index, index, width)
    number = 0
    for number, row in enumerate(rows):
        look = "prose" if number else "title"
        if table.is_heading(row):
            look = "heading"
            sheet.write_blank(number, 1, None, formats[look])
        _write_row(sheet, number, row, [look, look], formats)
    sheet.hide_gridlines(2)
    return number


def _write_row(
    sheet: Worksheet, number: int, row: Sequence[Cell], looks: Sequence[str], formats: Formats
) -> None:
    for index, (cell, look) in enumerate(zip(row, looks, strict=False)):
        if cell is not None:
            write_cell(sheet, (number, index), cell, look, formats)


def write_cell(
    sheet: Worksheet, place: tuple[int, int], cell: Cell, look: str, formats: Formats
) -> None:
    """Write a plain cell with its type, as a value and never as a formula."""
    if isinstance(cell, str):
        _write_string(sheet, place, cell, look, formats)
    elif isinstance(cell, bool):
        sheet.write_boolean(*place, cell, formats["other"])
    elif isinstance(cell, int) and abs(cell) > EXACT_INTEGERS:
        sheet.write_string(*place, str(cell), formats["other"])
    elif isinstance(cell, int | float):
        sheet.write_number(*place, cell, formats.get(f"{look} number", formats["other"]))
    elif isinstance(cell, date):
        _write_date(sheet, place, cell, formats)


def _write_string(
    sheet: Worksheet, place: tuple[int, int], text: str, look: str, formats: Formats
) -> None:
    look = "text" if look in NUMBER_FORMATS else look
    name = f"{look}+" if begins_formula(text) else look
    sheet.write_string(*place, text, formats.get(name, formats[look]))


def _write_date(sheet: Worksheet, place: tuple[int, int], value: date, formats: Formats) -> None:
    is_moment = isinstance(value, datetime)
    day = value.date() if isinstance(value, datetime) else value
    if day < FIRST_SAFE_DATE:
        sheet.write_string(*place, str(value), formats["other"])
    else:
        sheet.write_datetime(*place, value, formats["moment" if is_moment else "date"])


def _offer(sheet: Worksheet, index: int, column_of_choices: int, count: int) -> None:
    letter = xl_col_to_name(column_of_choices, col_abs=True)
    rule = {
        "validate": "list",
        "source": f"='{CHOICES_SHEET}'!{letter}$1:{letter}${count}",
        "error_title": "Valeur hors de la liste",
        "error_message": "Choisissez une des valeurs proposées par la liste de cette cellule.",
    }
    sheet.data_validation(1, index, MAX_ROWS - 1, index, rule)


def _offer_range(sheet: Worksheet, index: int, cells: str) -> None:
    rule = {
        "validate": "list",
        "source": f"={cells}",
        "error_type": "warning",
        "error_title": "Valeur hors de la liste",
        "error_message": "Cette valeur n'est pas encore dans la feuille où elle est attendue.",
    }
    sheet.data_validation(1, index, MAX_ROWS - 1, index, rule)


def _write_choices(workbook: Workbook, choices: Sequence[Sequence[str]]) -> None:
    """Write the lists into a sheet of their own: in a rule they may hold only 255 characters."""
    sheet = workbook.add_worksheet(CHOICES_SHEET, worksheet_class=PlainWorksheet)
    for number, row in enumerate(zip_longest(*choices, fillvalue="")):
        for index, choice in enumerate(row):
            sheet.write_string(number, index, clean(choice))
    sheet.very_hidden()
