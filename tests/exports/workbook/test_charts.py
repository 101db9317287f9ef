"""Every chart of a workbook, read back beside the numbers that it is drawn from."""

import re
import zipfile
from contextlib import closing

import openpyxl
import pytest
import sqlalchemy as sa
from lxml import etree
from openpyxl.utils import range_boundaries

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill as demo_fill
from consultation.exports.selection import Selection
from consultation.questionnaires.models import Round
from tests.exports.reading import make

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CELLS = re.compile(r"'?(?P<sheet>.+?)'?!(?P<range>[$A-Z0-9:]+)")


def series_of(path):
    """Each series of each chart: its kind of chart, the format of its labels, its cells."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(it for it in archive.namelist() if it.startswith("xl/charts/chart"))
        for name in names:
            chart = etree.fromstring(archive.read(name))
            for series in chart.iter(f"{C}ser"):
                label = series.find(f"{C}dLbls/{C}numFmt")
                place = CELLS.fullmatch(series.find(f"{C}val//{C}f").text)
                yield name, label, place["sheet"].replace("''", "'"), place["range"]


def cells_in(sheet, place):
    left, top, right, bottom = range_boundaries(place)
    rows = sheet.iter_rows(top, bottom, left, right)
    return [cell for row in rows for cell in row if cell.value is not None]


@pytest.mark.parametrize("is_complete", [True, False])
def test_labels_of_every_chart_are_written_as_the_cells_under_them(session, tmp_path, is_complete):
    with writing(session):
        demo_fill.fill(session, measures=6, responses=60, at=now())
    opened = session.scalars(sa.select(Round)).one()
    path = make(session, opened, tmp_path, selection=Selection(is_complete=is_complete)).path
    drawn = list(series_of(path))

    with closing(openpyxl.load_workbook(path)) as book:
        for name, label, sheet, place in drawn:
            cells = cells_in(book[sheet], place)
            assert cells, (name, sheet, place)
            assert {cell.data_type for cell in cells} == {"n"}, (name, sheet, place)
            in_percent = {"%" in cell.number_format for cell in cells}
            assert in_percent == {label is not None and "%" in label.get("formatCode")}, (
                name, sheet, place,
            )  # fmt: skip
            if in_percent == {True}:
                assert all(0 <= cell.value <= 1 for cell in cells), (name, sheet, place)

    assert len(drawn) >= 10
