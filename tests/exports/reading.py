"""Workbooks opened again, by other libraries than those that wrote them."""

import csv
import io
import zipfile
from contextlib import closing
from datetime import UTC, datetime

import openpyxl
from odf import opendocument, table, teletype
from odf.namespaces import OFFICENS

from consultation.exports.request import ExportRequest
from consultation.exports.workbook.writer import write
from consultation.spreadsheets.writer import Format
from tests.factories import screen_all

MADE = datetime(2026, 11, 24, 14, 5, 9, tzinfo=UTC)


def make(
    session,
    consultation_round,
    directory,
    format=Format.XLSX,
    screens=True,
    report=lambda step: None,
    **given,
):
    """Export the round as it is stored, its texts screened; what a test has added is committed."""
    if screens:
        screen_all(session)
    request = ExportRequest(consultation_round.id, format, directory, MADE, **given)
    return write(session, request, report)


def cells_of(path, *wanted):
    """Return the rows of each sheet of an XLSX file, or of those that are wanted, by its name."""
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:  # values, and no looks
        return {
            name: [list(row) for row in book[name].iter_rows(values_only=True)]
            for name in wanted or book.sheetnames
        }


def records_of(path, sheet):
    """Return the data of one sheet as dictionaries by header."""
    header, *rows = cells_of(path, sheet)[sheet]
    assert len(set(header)) == len(header), "two columns have one header"
    return [dict(zip(header, row, strict=True)) for row in rows]


def readme_of(path):
    """Return what *Lisez-moi* and *Contrôle* say, the right cell by the left one."""
    sheets = cells_of(path)
    rows = sheets["Lisez-moi"] + sheets.get("Contrôle", [])
    return {row[0]: row[1] for row in rows if row[0]}


def csv_of(path, separator=";"):
    """Return the rows of each file of a zip of CSV, ours or another's separator taken for one."""
    with zipfile.ZipFile(path) as archive:
        return {
            name.removesuffix(".csv"): list(
                csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=separator)
            )
            for name in archive.namelist()
        }


def ods_of(path):
    """Return the rows of each sheet of an ODS file, as (type, text) pairs."""
    sheets = opendocument.load(str(path)).spreadsheet.getElementsByType(table.Table)
    return {
        sheet.getAttribute("name"): list(map(_ods_row, sheet.getElementsByType(table.TableRow)))
        for sheet in sheets
    }


def _ods_row(row):
    cells = []
    for cell in row.getElementsByType(table.TableCell):
        count = int(cell.getAttribute("numbercolumnsrepeated") or 1)
        value = (cell.getAttrNS(OFFICENS, "value-type"), teletype.extractText(cell))
        cells.extend([value] * min(count, 200))
    return cells


def bytes_of(path):
    """Return everything that the file holds, unpacked."""
    with zipfile.ZipFile(path) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())
