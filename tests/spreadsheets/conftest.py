"""Workbooks on disk, written and read back by other programmes than ours."""

import csv
import io
import itertools
import zipfile

import openpyxl
import pytest
from odf import opendocument, table, teletype, text

from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format, write_workbook


@pytest.fixture(scope="session")
def write(tmp_path_factory):
    """Return a function that writes one sheet and gives the file's path."""
    folder = tmp_path_factory.mktemp("workbooks")
    numbers = itertools.count()

    def write(rows, format=Format.XLSX, columns=None, **options):
        rows = [list(row) for row in rows]
        columns = columns or [Column(f"c{n}") for n in range(max(map(len, rows), default=1))]
        path = folder / f"{next(numbers)}.{format.extension}"
        write_workbook([Table("Feuille", columns, lambda: rows)], path, format, **options)
        return path

    return write


@pytest.fixture(scope="session")
def part():
    """Return a function that gives one part of a package, as text."""

    def part(path, name):
        with zipfile.ZipFile(path) as package:
            return package.read(name).decode()

    return part


@pytest.fixture(scope="session")
def cells_seen():
    """Return a function that reads the rows below the header with a programme of each format."""
    readers = {Format.XLSX: _by_openpyxl, Format.ODS: _by_odfpy, Format.CSV: _by_csv}
    return lambda path, format: readers[format](path)[1:]


def _by_openpyxl(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.rows]


def _by_odfpy(path):
    rows = opendocument.load(path).getElementsByType(table.TableRow)
    return [[_odf_value(cell) for cell in row.getElementsByType(table.TableCell)] for row in rows]


def _odf_value(cell):
    kind = cell.getAttribute("valuetype")
    if kind == "string":
        return "\n".join(map(teletype.extractText, cell.getElementsByType(text.P)))
    attribute = {"float": "value", "boolean": "booleanvalue", "date": "datevalue"}.get(kind)
    return cell.getAttribute(attribute) if attribute else None


def _by_csv(path):
    with zipfile.ZipFile(path) as archive:
        content = archive.read("Feuille.csv").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
