"""Fast XLSX rows: cell by cell what xlsxwriter writes, and the private names that they need."""

import ast
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consultation import spreadsheets
from consultation.spreadsheets.style import NUMBER_FORMATS, Look
from consultation.spreadsheets.table import Column
from consultation.spreadsheets.xlsx import writer
from consultation.spreadsheets.xlsx.rows import write_rows
from tests.spreadsheets.test_texts import TEXTS

SHEET = "xl/worksheets/sheet1.xml"
COLUMNS = [
    Column("court"),
    Column("large", 60),
    Column("nombre", look=Look.COUNT),
    Column("part", look=Look.SHARE),
]
DATES = st.dates(date(1800, 1, 1), date(9999, 12, 31))
MOMENTS = st.datetimes(datetime(1800, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001 - a cell's
NUMBERS = (
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([2**53, 0.0])
)
CELLS = st.none() | st.booleans() | NUMBERS | DATES | MOMENTS | TEXTS
ROWS = st.lists(st.tuples(*[CELLS] * len(COLUMNS)), max_size=30)


def by_xlsxwriter(sheet, rows, looks, formats):
    last = 0
    for last, row in enumerate(rows, start=1):
        writer._write_row(sheet, last, row, looks, formats)
    return last


@settings(max_examples=60)
@given(ROWS)
@example([("<r></r>", "<r> </r>", None, None)])
def test_every_cell_is_written_as_xlsxwriter_would_have_written_it(write, part, rows):
    ours = write(rows, columns=COLUMNS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writer, "write_rows", by_xlsxwriter)
        expected = write(rows, columns=COLUMNS)

    assert part(ours, SHEET) == part(expected, SHEET)
    assert part(ours, "xl/styles.xml") == part(expected, "xl/styles.xml")


def test_words_that_come_back_more_often_than_are_remembered_stay_right(write, part):
    rows = [[f"mot {number % 6000}", None, number, None] for number in range(14_000)]

    sheet = part(write(rows, columns=COLUMNS), SHEET)

    assert sheet.count("<is><t>mot 17</t></is>") == 3
    assert sheet.count("<row ") == 14_001


LOOKS = ["text", "wrapped", *NUMBER_FORMATS]
PLAIN_CELLS = [
    "mot", "=1+1", "-", " espaces ", "deux\nlignes", "<b>&\"", "é😀", 0, -7, 10**15, 0.1, -2.5e-9,
    True, False, date(2026, 11, 24), datetime(2026, 11, 24, 9, 30, 15),  # noqa: DTZ001 - a cell's
]  # fmt: skip


def read_cells(path):
    """Return value, type and format of each cell below the header, as openpyxl reads them."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return {
        cell.coordinate: (
            cell.value, cell.data_type, cell.number_format, cell.quotePrefix,
            cell.font.b, cell.fill.fgColor.rgb, cell.alignment.indent, cell.alignment.wrapText,
        )
        for row in sheet.iter_rows(min_row=2)
        for cell in row
    }  # fmt: skip


def test_fast_rows_hold_the_cells_of_the_public_writer(tmp_path):
    rows = [[cell] * len(LOOKS) for cell in PLAIN_CELLS]
    with writer.opened(tmp_path / "fast.xlsx") as workbook:
        sheet = workbook.add_worksheet(worksheet_class=writer.PlainWorksheet)
        sheet.write_string(0, 0, "en-tête")
        write_rows(sheet, rows, LOOKS, writer.formats_of(workbook))

    with xlsxwriter.Workbook(tmp_path / "public.xlsx") as workbook:  # in memory, no class of ours
        formats, sheet = writer.formats_of(workbook), workbook.add_worksheet()
        sheet.write_string(0, 0, "en-tête")
        for number, row in enumerate(rows, start=1):
            writer._write_row(sheet, number, row, LOOKS, formats)

    expected = read_cells(tmp_path / "public.xlsx")
    assert len(expected) == len(PLAIN_CELLS) * len(LOOKS)
    assert read_cells(tmp_path / "fast.xlsx") == expected


PRIVATE_NAMES = {
    "_convert_date_time", "_escape_control_characters", "_get_xf_index", "_write_single_row",
    "_xml_data_element", "_xml_end_tag", "_xml_inline_string", "_xml_number_element",
    "_xml_rich_inline_string", "_xml_start_tag",
}  # fmt: skip
"""What any release of xlsxwriter may change: `pyproject.toml` bounds its version for them."""
UNDOCUMENTED_NAMES = {"dim_rowmax", "row_data_fh"}


def names_in(module):
    """Return the attributes that a module reads, and the methods by which it overrides."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ClassDef):
            yield from (it.name for it in node.body if isinstance(it, ast.FunctionDef))


def test_private_names_of_xlsxwriter_are_listed_and_there(tmp_path):
    modules = [
        module
        for module in Path(spreadsheets.__file__).parent.rglob("*.py")
        if "xlsxwriter" in module.read_text("utf-8")
    ]
    used = {name for module in modules for name in names_in(module)}
    with writer.opened(tmp_path / "a.xlsx") as workbook:
        sheet, look = workbook.add_worksheet(), workbook.add_format()

        offered = {*dir(sheet), *dir(look)}

    private = {name for name in used & offered if name[0] == "_" and name[:2] != "__"}
    assert len(modules) > 3
    assert private == PRIVATE_NAMES
    assert used & offered >= UNDOCUMENTED_NAMES
