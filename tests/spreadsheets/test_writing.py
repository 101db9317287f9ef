import itertools
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from odf import opendocument, table

from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.table import MAX_ROWS, Column, Table, TooManyRows
from consultation.spreadsheets.writer import Format, write_workbook

COLUMNS = [Column("Mesure", note="Son code"), Column("Avis", 60, choices=["garder", "modifier"])]


def make_table(name="Avis", rows=(("A1", "garder"), ("A2", None)), columns=COLUMNS, kind="data"):
    return Table(name, columns, lambda: rows, kind)


def broken_rows():
    for _ in range(2_000):
        yield ["A1", "garder"]
    raise RuntimeError("la base ne répond plus")


@pytest.mark.parametrize("format", Format)
def test_each_sheet_is_written_and_its_rows_counted(tmp_path, format):
    path = tmp_path / "classeur"
    readme = make_table("Lisez-moi", [("Titre",), (), ("Reçus", 2)], (), "text")

    counts = write_workbook([readme, make_table(), make_table("Vide", ())], path, format)

    assert counts == {"Lisez-moi": 3, "Avis": 2, "Vide": 0}
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_workbook_reads_back_as_it_was_written(tmp_path, format):
    path = tmp_path / "classeur"
    readme = make_table("Lisez-moi", [("Titre",), (), ("Reçus", 2)], (), "text")

    write_workbook([readme, make_table("L'été"), make_table("Vide", ())], path, format)

    assert read_workbook(path).sheets == {
        "Lisez-moi": [["Titre", None], [None, None], ["Reçus", 2]],
        "L'été": [["Mesure", "Avis"], ["A1", "garder"], ["A2", None]],
        "Vide": [["Mesure", "Avis"]],
    }


def test_csv_is_a_zip_of_one_file_for_each_sheet(tmp_path):
    path = tmp_path / "classeur.zip"

    write_workbook([make_table(), make_table("Vide", ())], path, Format.CSV)

    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert content == {
        "Avis.csv": b"\xef\xbb\xbfMesure;Avis\r\nA1;garder\r\nA2;\r\n",
        "Vide.csv": b"\xef\xbb\xbfMesure;Avis\r\n",
    }


def test_data_sheet_of_xlsx_has_a_frozen_header_filters_notes_and_lists(tmp_path):
    path = tmp_path / "classeur.xlsx"

    write_workbook([make_table()], path, Format.XLSX, properties={"title": "Été & <co>"})

    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Avis"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    assert [cell.font.bold for cell in sheet[1]] == [True, True]
    assert sheet["A1"].comment.text == "Son code"
    assert [sheet[place].alignment.wrap_text for place in ("A2", "B2")] == [None, True]
    [rule] = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1) == (f"B2:B{MAX_ROWS}", "'_choix'!$A$1:$A$2")
    assert workbook["_choix"].sheet_state == "veryHidden"
    assert [cell.value for cell in workbook["_choix"]["A"]] == ["garder", "modifier"]
    assert workbook.properties.title == "Été & <co>"


def test_hidden_sheet_of_choices_is_not_read(tmp_path):
    path = tmp_path / "classeur.xlsx"

    write_workbook([make_table()], path, Format.XLSX)

    assert list(read_workbook(path).sheets) == ["Avis"]


def test_data_sheet_of_ods_has_filters_and_a_french_language(tmp_path, part):
    path = tmp_path / "classeur.ods"

    write_workbook([make_table("L'été")], path, Format.ODS, properties={"title": "Été & <co>"})

    document = opendocument.load(path)
    [range_] = document.getElementsByType(table.DatabaseRange)
    assert range_.getAttribute("targetrangeaddress") == "'L''été'.A1:'L''été'.B3"
    assert "VerticalSplitPosition" in part(path, "settings.xml")
    assert "<dc:title>Été &amp; &lt;co&gt;</dc:title>" in part(path, "meta.xml")
    assert "<dc:language>fr-FR</dc:language>" in part(path, "meta.xml")
    with zipfile.ZipFile(path) as package:
        first = package.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


@pytest.mark.parametrize("format", Format)
def test_progress_is_told_by_sheet_and_rows(tmp_path, format):
    reports = []
    rows = [("A1", "garder")] * 1_200

    write_workbook(
        [make_table(rows=rows)], tmp_path / "c", format, lambda *step: reports.append(step)
    )

    assert reports == [("Avis", 500), ("Avis", 1000), ("Avis", 1200)]


@pytest.mark.parametrize("format", Format)
def test_failure_in_the_middle_leaves_nothing(tmp_path, format):
    table = Table("Avis", COLUMNS, broken_rows)

    with pytest.raises(RuntimeError, match="la base"):
        write_workbook([make_table("Avant"), table], tmp_path / "classeur", format)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", Format)
def test_failure_keeps_the_file_that_was_there(tmp_path, format):
    path = tmp_path / "classeur"
    path.write_bytes(b"celui d'hier")

    with pytest.raises(RuntimeError):
        write_workbook([Table("Avis", COLUMNS, broken_rows)], path, format)

    assert path.read_bytes() == b"celui d'hier"
    assert list(tmp_path.iterdir()) == [path]


FULL_DISK = """
import random, resource, sys
from pathlib import Path
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format, write_workbook
path, format, limit = Path(sys.argv[1]), Format(sys.argv[2]), int(sys.argv[3])
texts = random.Random(1)
rows = lambda: ([texts.randbytes(50).hex()] for _ in range(5_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write_workbook([Table("A", [Column("a")], rows)], path, format)
except OSError as error:
    sys.exit(f"OSError {error.errno}")
"""


def write_on_a_small_disk(path, format, limit):
    """Write 5,000 rows where no file may exceed `limit` bytes; return what was said."""
    command = [sys.executable, "-c", FULL_DISK, str(path), format.value, str(limit)]
    home = Path(__file__).parents[2]
    run = subprocess.run(command, capture_output=True, text=True, cwd=home, check=False)
    return run.stderr.strip()


def largest_file_needed(path, format):
    """Return the size of the largest file that writing needs: of XLSX, the sheet unpacked."""
    with zipfile.ZipFile(path) as package:
        sizes = [entry.file_size for entry in package.infolist()]
    return max(sizes) if format is Format.XLSX else path.stat().st_size


@pytest.mark.parametrize("format", Format)
def test_full_disk_is_an_oserror_and_leaves_nothing(tmp_path, format):
    path = tmp_path / "classeur"
    assert write_on_a_small_disk(path, format, 10**9) == ""
    needed = largest_file_needed(path, format)
    path.unlink()

    errors = [write_on_a_small_disk(path, format, limit) for limit in (50_000, needed - 1)]

    assert errors == ["OSError 27", "OSError 27"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["", "   ", "a" * 32, "😀" * 16, "'a", "History", "_choix"]
    + [f"a{character}" for character in "[]:*?/\\<>|\"\n\t\x00'"],
)
def test_name_that_a_spreadsheet_refuses_is_refused_at_once(name):
    with pytest.raises(ValueError, match="sheet"):
        make_table(name)


def test_two_sheets_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="one name"):
        write_workbook([make_table("Avis"), make_table("AVIS")], tmp_path / "c", Format.ODS)


def test_workbook_without_sheets_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one"):
        write_workbook([], tmp_path / "c", Format.XLSX)


@pytest.mark.parametrize("row", [["A1"], ["A1", "garder", "de trop"]])
@pytest.mark.parametrize("format", Format)
def test_row_that_does_not_fit_its_columns_is_refused(tmp_path, format, row):
    with pytest.raises(ValueError, match="row 2"):
        write_workbook([make_table(rows=[row])], tmp_path / "c", format)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("columns", [[], [Column("c")] * 16_385])
def test_data_sheet_needs_columns_that_a_spreadsheet_can_hold(columns):
    with pytest.raises(ValueError, match="columns"):
        make_table(columns=columns)


def test_header_longer_than_a_cell_is_refused():
    with pytest.raises(ValueError, match="too long"):
        Column("é" * 32_768)


def test_more_rows_than_a_sheet_holds_are_refused():
    rows = itertools.repeat(("A1", None))

    checked = make_table(rows=rows).checked_rows()

    fitting = sum(1 for _ in itertools.islice(checked, MAX_ROWS - 1))

    assert fitting == MAX_ROWS - 1
    with pytest.raises(TooManyRows, match="« Avis »"):
        next(checked)


def test_every_format_says_how_its_file_is_named():
    assert [format.extension for format in Format] == ["xlsx", "ods", "zip"]
    assert Format.CSV.media_type == "application/zip"
    assert all(format.media_type.startswith("application/") for format in Format)


def test_working_files_stay_beside_the_workbook(tmp_path, monkeypatch):
    elsewhere = tmp_path / "ailleurs"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    seen = []

    def rows():
        yield ["A1", "garder"]
        seen.extend([list(elsewhere.iterdir()), len(list(tmp_path.iterdir()))])

    write_workbook([Table("Avis", COLUMNS, rows)], tmp_path / "classeur", Format.XLSX)

    assert seen == [[], 2]
