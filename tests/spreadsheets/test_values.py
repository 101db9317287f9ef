import math
from datetime import UTC, date, datetime
from enum import StrEnum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format

TYPED = [Format.XLSX, Format.ODS]

at = datetime.fromisoformat


def cells(path):
    return read_workbook(path).sheets["Feuille"][1]


@settings(max_examples=15)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_numbers_stay_numbers(write, numbers):
    for format in TYPED:
        path = write([numbers], format)

        read = cells(path)

        assert all(isinstance(number, float) for number in read)
        assert read == numbers


@settings(max_examples=15)
@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=30))
def test_whole_numbers_of_sixteen_digits_keep_every_digit(write, numbers):
    for format in TYPED:
        path = write([[*numbers, 2**53, -(2**53), 1234567890123456]], format)

        read = cells(path)

        assert read == [*numbers, 2**53, -(2**53), 1234567890123456]
        assert not any(isinstance(number, str) for number in read)


@pytest.mark.parametrize("format", TYPED)
def test_larger_whole_numbers_are_texts_so_that_no_digit_is_lost(write, format):
    path = write([[2**53 + 1, -(2**53) - 1, 10**20]], format)

    assert cells(path) == ["9007199254740993", "-9007199254740993", "100000000000000000000"]


def test_csv_writes_numbers_as_french_spreadsheets_read_them(write, part):
    path = write([[3.5, -2, 0, True, False, 2**53 + 1, -(2**53) - 1, 1e22]], Format.CSV)

    line = part(path, "Feuille.csv").split("\r\n")[1]

    assert line == "3,5;-2;0;1;0;9007199254740993;-9007199254740993;1e+22"


@pytest.mark.parametrize("format", TYPED)
def test_booleans_are_booleans(write, format):
    path = write([[True, False, 1, 0]], format)

    read = cells(path)

    assert read == [True, False, 1, 0]
    assert [type(cell) for cell in read] == [bool, bool, float, float]


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("value", [None, "", math.nan, math.inf, -math.inf, pd.NaT, "\x00"])
def test_what_has_no_value_is_an_empty_cell(write, cells_seen, format, value):
    path = write([["début", value, "fin"]], format)

    assert [cell or None for cell in cells_seen(path, format)[0]] == ["début", None, "fin"]


def test_empty_text_makes_no_cell(write, part):
    sheet = part(write([["début", "", "fin"]]), "xl/worksheets/sheet1.xml")

    assert 'r="A2"' in sheet
    assert 'r="B2"' not in sheet


@pytest.mark.parametrize("format", TYPED)
def test_dates_are_dates(write, format):
    path = write([[date(2026, 11, 3), date(1900, 3, 1), at("2026-11-03 14:05:59")]], format)

    read = cells(path)

    assert read == [date(2026, 11, 3), date(1900, 3, 1), at("2026-11-03 14:05:59")]
    assert [type(cell) for cell in read] == [date, date, datetime]


def test_dates_that_excel_miscounts_are_iso_texts_in_xlsx(write):
    path = write([[date(1900, 2, 28), at("0001-01-01 08:00")]])

    assert cells(path) == ["1900-02-28", "0001-01-01 08:00:00"]


def test_dates_of_any_year_are_dates_in_ods(write):
    path = write([[date(1, 1, 1), at("9999-12-31 23:59:59")]], Format.ODS)

    assert cells(path) == [date(1, 1, 1), at("9999-12-31 23:59:59")]


def test_dates_are_iso_texts_in_csv(write, cells_seen):
    path = write([[date(2026, 11, 3), at("2026-11-03 14:05:59")]], Format.CSV)

    assert cells_seen(path, Format.CSV) == [["2026-11-03", "2026-11-03 14:05:59"]]


@pytest.mark.parametrize("format", TYPED)
def test_moments_are_in_paris_time_around_the_nights_when_clocks_change(write, format):
    autumn = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)]
    spring = [
        datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 29, 1, tzinfo=UTC),
    ]

    path = write([autumn + spring], format)

    assert cells(path) == [
        at("2026-10-25 02:30"),
        at("2026-10-25 02:30"),
        at("2026-10-25 03:30"),
        at("2026-03-29 01:59:59"),
        at("2026-03-29 03:00"),
    ]


@pytest.mark.parametrize("format", TYPED)
def test_what_pandas_gives_is_written(write, format):
    class Stance(StrEnum):
        KEEP = "garder"

    moment = pd.Timestamp("2026-11-03T13:05:59.123456789Z")

    path = write([[moment, np.float64(1.5), Stance.KEEP]], format)

    assert cells(path) == [at("2026-11-03 14:05:59"), 1.5, "garder"]


@pytest.mark.parametrize("value", [b"octets", np.int64(3), object(), [1]])
def test_cell_of_another_type_is_refused_with_its_place(write, value):
    with pytest.raises(TypeError) as refusal:
        write([["a"], [value]])

    assert refusal.value.__notes__ == ["sheet 'Feuille', row 3"]
