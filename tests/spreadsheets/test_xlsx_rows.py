"""Rows written as they stand in the file are those that xlsxwriter itself would have written."""

from datetime import date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consultation.spreadsheets.style import Look
from consultation.spreadsheets.table import Column
from consultation.spreadsheets.xlsx import writer
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


@settings(max_examples=60, deadline=None)
@given(ROWS)
@example([("<r></r>", "<r> </r>", None, None)])
def test_every_cell_is_written_as_xlsxwriter_would_have_written_it(write, part, rows):
    ours = write(rows, columns=COLUMNS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writer, "write_rows", by_xlsxwriter)
        theirs = write(rows, columns=COLUMNS)

    assert part(ours, SHEET) == part(theirs, SHEET)
    assert part(ours, "xl/styles.xml") == part(theirs, "xl/styles.xml")


def test_words_that_come_back_more_often_than_are_remembered_stay_right(write, part):
    rows = [[f"mot {number % 6000}", None, number, None] for number in range(14_000)]

    sheet = part(write(rows, columns=COLUMNS), SHEET)

    assert sheet.count("<is><t>mot 17</t></is>") == 3
    assert sheet.count("<row ") == 14_001
