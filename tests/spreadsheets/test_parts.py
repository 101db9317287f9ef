"""Sheets in parts are, in every format, what the same cells give one by one."""

from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.spreadsheets.cells import Part
from consultation.spreadsheets.style import Look
from consultation.spreadsheets.table import Column, Table, TextTooLong
from consultation.spreadsheets.writer import Format, write_workbook
from tests.spreadsheets.xlsx.test_xlsx_rows import CELLS

COLUMNS = [
    Column("un"),
    Column("deux", look=Look.COUNT),
    Column("trois"),
    Column("quatre", 60),
]
PAIRS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)


def in_parts(pairs, rows):
    firsts, lasts = ([Part(list(pair)) for pair in pairs] for _ in range(2))
    return Table(
        "Feuille",
        COLUMNS,
        lambda: [(firsts[a % len(pairs)], lasts[b % len(pairs)]) for a, b in rows],
        is_in_parts=True,
    )


def contents(table, folder, format):
    path = folder / "file"
    write_workbook([table], path, format)
    with ZipFile(path) as archive:
        sheets = ("Feuille.csv", "xl/worksheets/sheet1.xml", "content.xml")
        return [archive.read(name) for name in archive.namelist() if name in sheets]


@pytest.mark.parametrize("format", Format)
@settings(max_examples=60)
@given(PAIRS, ROWS)
def test_sheet_in_parts_is_that_of_the_same_cells(tmp_path_factory, format, pairs, rows):
    folder = tmp_path_factory.getbasetemp()

    parts = contents(in_parts(pairs, rows), folder, format)

    assert parts == contents(in_parts(pairs, rows).flat(), folder, format)
    assert len(parts) == 1


def test_text_too_long_in_a_part_is_refused_by_its_place_in_the_row(tmp_path):
    table = in_parts([("a", 1), ("b" * 40_000, 2)], [(0, 0), (0, 1)])

    with pytest.raises(TextTooLong, match="colonne « trois », ligne 3"):
        write_workbook([table], tmp_path / "file", Format.CSV)


def test_parts_that_do_not_fill_the_row_are_refused(tmp_path):
    table = in_parts([("a", 1), ("b", 2, "c")], [(0, 0), (0, 1)])

    with pytest.raises(ValueError, match="row 3: 5 cells do not fit"):
        write_workbook([table], tmp_path / "file", Format.XLSX)
