import functools
import io
import os
import struct
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime, timedelta
from datetime import time as hour
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from consultation.spreadsheets.reader.workbook import UnreadableWorkbook, read_workbook
from consultation.spreadsheets.writer import Format

COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 504
at = datetime.fromisoformat

SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_END = "</sheetData></worksheet>"


@pytest.fixture
def send(tmp_path):
    """Return a function that puts a file in the tests' folder."""

    def send(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return send


def repacked(path, **parts):
    """Return the package at `path`, its parts replaced by the function of the same key."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = parts.get(Path(name).stem, bytes)
            new.writestr(name, change(old.read(name)))
    return packed.getvalue()


LONGEST_CELL = "x" * 131_072
TOO_LONG = " : une cellule dépasse 131 072 caractères"


def refused(path, **options):
    """Return the sentence by which a file is refused."""
    with pytest.raises(UnreadableWorkbook) as refusal:
        read_workbook(path, **options)
    return str(refusal.value)


def zip_of(**parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def test_rows_and_columns_count_from_the_first_cell(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Mesures"
    workbook.active["B3"] = "là"
    workbook.create_sheet("Vide")
    workbook.create_chartsheet("Graphique")
    workbook.save(tmp_path / "plan.xlsx")

    read = read_workbook(tmp_path / "plan.xlsx")

    assert read.filename == "plan.xlsx"
    assert read.sheets == {"Mesures": [[None, None], [None, None], [None, "là"]], "Vide": []}


def test_every_type_of_cell_is_read(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["texte", 3, 3.5, True, date(2026, 11, 3), at("2026-11-03 14:05"), None])
    sheet.append(
        [hour(14, 5), timedelta(hours=30), "#N/A", "  blancs  ", "un\ndeux", "_x0041_", ""]
    )
    sheet.merge_cells("A4:B5")
    sheet["A4"] = "fusion"
    workbook.save(tmp_path / "plan.xlsx")

    [rows] = read_workbook(tmp_path / "plan.xlsx").sheets.values()

    assert rows == [
        ["texte", 3.0, 3.5, True, date(2026, 11, 3), at("2026-11-03 14:05")],
        ["14:05:00", "1 day, 6:00:00", "#N/A", "  blancs  ", "un\ndeux", "A"],
        [None] * 6,
        ["fusion", *[None] * 5],
    ]


def test_formula_gives_the_value_that_was_saved(write, send):
    formula = SHEET_START + '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>' + SHEET_END
    path = send("plan.xlsx", repacked(write([["x"]]), sheet1=lambda _: formula.encode()))

    assert read_workbook(path).sheets == {"Feuille": [[2.0]]}


ODS_TEXT = (
    '<table:table-row><table:table-cell office:value-type="string"><text:p>{}</text:p>'
    "</table:table-cell></table:table-row>"
)
BOMB = "".join(f'<!ENTITY {b} "{f"&{a};" * 30}">' for a, b in pairwise("abcdefg"))
INSIDE = f'<!ENTITY a "canari">{BOMB}<!ENTITY e "&g;">'


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_no_entity_is_followed_out_of_a_workbook_or_swells_in_it(write, send, tmp_path, format):
    (tmp_path / "secret").write_text("canari")
    outside = f'<!ENTITY e SYSTEM "file://{tmp_path}/secret">'

    def read(entities, text):
        cell = f'<c r="A1" t="inlineStr"><is><t>{text}</t></is></c>'
        sheet = f'{SHEET_START}<row r="1">{cell}</row>{SHEET_END}'.encode()
        changes = {
            "sheet1": lambda _: said_by(entities, b'<?xml version="1.0"?>' + sheet),
            "content": lambda old: said_by(entities, ods_rows(ODS_TEXT.format(text))(old)),
        }
        return send(f"plan.{format.extension}", repacked(write([["x"]], format), **changes))

    assert "un & deux" in str(read_workbook(read(outside, "un &amp; deux")))
    started = time.process_time()
    assert "abîmé" in refused(read(outside, "un &e; deux"))
    assert "abîmé" in refused(read(INSIDE, "un &e; deux"))
    assert time.process_time() - started < 10


def said_by(entities, content):
    """A part of a package with a document type before its root."""
    start, end = content.split(b"?>", 1)
    return start + f"?><!DOCTYPE x [{entities}]>".encode() + end


def test_number_beyond_what_a_float_holds_is_an_empty_cell(write, send):
    beyond = SHEET_START + '<row r="1"><c r="A1"><v>1e999</v></c></row>' + SHEET_END
    path = send("plan.xlsx", repacked(write([["x"]]), sheet1=lambda _: beyond.encode()))

    assert read_workbook(path).sheets == {"Feuille": [[None]]}


def test_tabs_and_line_breaks_of_ods_are_read(write, send):
    path = write([["un*deux*trois"]], Format.ODS)
    marked = b"un<text:tab/>deux<text:line-break/>trois"
    content = repacked(path, content=lambda part: part.replace(b"un*deux*trois", marked))

    rows = read_workbook(send("plan.ods", content)).sheets["Feuille"]

    assert rows[1] == ["un\tdeux\ntrois"]


def test_kind_is_told_by_the_content(write, send):
    path = send("plan.csv", write([["x"]]).read_bytes())

    assert read_workbook(path).sheets == {"Feuille": [["c0"], ["x"]]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_whatever_its_encoding_and_delimiter(send, encoding, delimiter):
    lines = [["Code", "Intitulé", ""], ["01", '"L’été ; à, €\n""suite"""'], [], ["02"]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    path = send("Mesures.csv", text.encode(encoding))

    assert read_workbook(path).sheets == {
        "Mesures": [
            ["Code", "Intitulé", None],
            ["01", 'L’été ; à, €\n"suite"', None],
            [None, None, None],
            ["02", None, None],
        ]
    }


def test_csv_of_one_column_may_hold_commas_below_its_header(send):
    path = send("Mesures.csv", "Code;Intitulé\n1;Former, informer, outiller\n")

    assert read_workbook(path).sheets["Mesures"][1] == ["1", "Former, informer, outiller"]


@pytest.mark.parametrize("content", ["\ufeff", "\n", "Code"])
def test_csv_with_next_to_nothing_is_read(send, content):
    path = send("Mesures.csv", content)

    [rows] = read_workbook(path).sheets.values()

    assert len(rows) <= 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "est vide"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "mot de passe"),
        (COMPOUND + "Workbook".encode("utf-16-le"), "ancien format"),
        (b"%PDF-1.7 rien", "n'est pas un classeur"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "n'est pas un classeur"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "n'est pas un classeur"),
        (b"abc\x81\x8d", "n'est pas un classeur"),
        (b"\xff\xfeC\x00o", "n'est pas un classeur"),
        (zip_of(word__document="x"), "pas un classeur"),
        (zip_of(mimetype="application/vnd.oasis.opendocument.text"), "pas un classeur"),
        (zip_of(), "pas un classeur"),
        (b"PK\x03\x04 rien", "abîmé"),
        ('Code;Texte\n1;"ouvert\n2;b\n', "guillemet"),
        ('Code;Texte\n1;"a"b\n', "ligne 2"),
        pytest.param(f"Code;{LONGEST_CELL}x\n1;a", f"ligne 1{TOO_LONG}", id="header"),
        pytest.param(f'Code;"{LONGEST_CELL}\n";"', f"ligne 1{TOO_LONG}", id="quoted header"),
        pytest.param(
            f'Code;Texte\n\n1;"a\nb"\n2;{LONGEST_CELL}x', f"ligne 5{TOO_LONG}", id="later line"
        ),
        pytest.param(
            'Code;Texte\n1;"ouvert\n' + "2;b\n" * 40_000, f"ligne 2{TOO_LONG}", id="open quote"
        ),
    ],
)
def test_file_that_is_no_workbook_is_refused_with_a_remedy(send, content, message):
    path = send("plan.xlsx", content)

    sentence = refused(path)

    assert "« plan.xlsx »" in sentence
    assert message in sentence
    assert "réessayez" in sentence


def test_cell_as_long_as_csv_allows_is_read_whatever_cuts_it(send):
    commas = "abc," * 40_000

    longest = read_workbook(send("plan.csv", f"Code;{LONGEST_CELL}".encode()))
    wide = refused(send("plan.csv", commas.encode()))

    assert longest.sheets["plan"] == [["Code", LONGEST_CELL]]
    assert "plus de 500 colonnes" in wide


def test_missing_file_and_folder_are_refused(tmp_path):
    assert "« absent.xlsx » est introuvable" in refused(tmp_path / "absent.xlsx")
    assert "ne peut pas être ouvert" in refused(tmp_path)


def test_file_over_ten_megabytes_is_refused_and_one_of_ten_is_not(send):
    path = send("plan.csv", b"Code;Texte\n" + b"1;xxxxxxxxxxxxx\n" * 13 + b" " * 1024)
    size = path.stat().st_size
    big = send("gros.csv", b"x" * (10 * 1024 * 1024 + 1))

    assert len(read_workbook(path, limit_bytes=size).sheets["plan"]) == 15
    assert "la limite est de" in refused(path, limit_bytes=size - 1)
    assert refused(big).startswith("« gros.csv » pèse 10 Mo, la limite est de 10 Mo")


def test_protected_ods_is_refused(write, send):
    def protect(part):
        return part.replace(
            b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"
        )

    path = send("plan.ods", repacked(write([["x"]], Format.ODS), manifest=protect))

    assert "mot de passe" in refused(path)


def test_protected_zip_is_refused(write, send):
    content = bytearray(write([["x"]]).read_bytes())
    entry = content.find(b"PK\x01\x02")
    content[entry + 8] |= 1

    assert "mot de passe" in refused(send("plan.xlsx", bytes(content)))


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_file_cut_short_is_refused(write, send, format):
    content = write([["x"] * 50] * 50, format).read_bytes()

    assert "est abîmé" in refused(send("plan", content[: len(content) // 2]))


@pytest.mark.parametrize(("format", "name"), [(Format.XLSX, SHEET), (Format.ODS, "content.xml")])
def test_file_with_a_damaged_part_is_refused(write, send, format, name):
    path = write([["réponse", 1] * 50] * 50, format)
    with zipfile.ZipFile(path) as package:
        start = package.getinfo(name).header_offset
    content = bytearray(path.read_bytes())
    content[start + 200 : start + 300] = os.urandom(100)

    assert "abîmé" in refused(send("plan", bytes(content)))


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
@pytest.mark.parametrize(("place", "value"), [(6, 99), (10, 97)], ids=["version", "compression"])
def test_file_whose_directory_asks_for_another_zip_is_refused(write, send, format, place, value):
    content = bytearray(write([["x"]], format).read_bytes())
    content[content.find(b"PK\x01\x02") + place] = value  # of the first entry

    assert "est abîmé" in refused(send("plan", bytes(content)))


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_file_whose_xml_is_broken_is_refused(write, send, format):
    path = write([["x"]], format)
    broken = repacked(path, sheet1=lambda part: part[:-40], content=lambda part: part[:-40])

    assert "abîmé" in refused(send("plan", broken))


@functools.cache
def bomb(megabytes):
    """Return a workbook whose sheet unpacks into so many megabytes of blanks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open(SHEET, "w") as sheet:
            for _ in range(megabytes):
                sheet.write(b" " * 1024 * 1024)
    return packed.getvalue()


@pytest.mark.parametrize("megabytes", [11, 300])
def test_zip_bomb_is_refused_at_once(send, megabytes):
    path = send("plan.xlsx", bomb(megabytes))
    started = time.process_time()

    assert "démesuré une fois décompressé" in refused(path)
    assert time.process_time() - started < 1


def test_file_that_unpacks_into_over_200_megabytes_is_refused_however_packed(send):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", os.urandom(2_000_000))
    honest, claimed = struct.pack("<II", 2_000_000, 2_000_000), 200 * 1024 * 1024 + 1
    content = packed.getvalue().replace(honest, struct.pack("<II", 2_000_000, claimed))

    assert "démesuré une fois décompressé" in refused(send("plan.xlsx", content))


def test_zip_bomb_that_lies_about_its_size_is_refused(send):
    content = bomb(300)
    honest = struct.pack("<I", 300 * 1024 * 1024)
    assert content.count(honest) == 2

    sentence = refused(send("plan.xlsx", content.replace(honest, struct.pack("<I", 1000))))

    assert "abîmé" in sentence


def test_zip_of_very_many_entries_is_refused_at_once(send):
    path = send("plan.xlsx", b"PK\x03\x04" + b"PK\x01\x02" * 200_000)
    started = time.process_time()

    assert "démesuré" in refused(path)
    assert time.process_time() - started < 1


def ods_rows(rows):
    return lambda part: part.replace(b"</table:table>", rows.encode() + b"</table:table>")


LAST_CELL = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
FIRST_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'
ODS_CELL = '<table:table-cell office:value-type="float" office:value="1"'


def test_small_file_with_an_immense_sheet_is_refused_and_harms_nobody(write, send):
    sheet = SHEET_START + FIRST_CELL + LAST_CELL + SHEET_END
    xlsx = repacked(write([["x"]]), sheet1=lambda _: sheet.encode())
    row = (
        f'<table:table-row table:number-rows-repeated="1000000">{ODS_CELL} '
        'table:number-columns-repeated="16000"/></table:table-row>'
    )
    ods = repacked(write([["x"]], Format.ODS), content=ods_rows(row))
    started = time.process_time()

    assert "une feuille est démesurée" in refused(send("plan.xlsx", xlsx))
    assert "démesurée" in refused(send("plan.ods", ods))
    assert time.process_time() - started < 20


def test_blank_rows_to_the_bottom_of_the_sheet_do_no_harm(write, send):
    row = (
        '<table:table-row table:number-rows-repeated="1048500"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    path = send("plan.ods", repacked(write([["x"]], Format.ODS), content=ods_rows(row)))

    assert read_workbook(path).sheets == {"Feuille": [["c0"], ["x"]]}


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_twenty_thousand_rows_are_read_and_one_more_is_refused(write, format):
    enough = write([["x"]] * 19_999, format)
    one_more = write([["x"]] * 20_000, format)

    assert len(read_workbook(enough).sheets["Feuille"]) == 20_000
    assert "feuille « Feuille » : plus de 20 000 lignes" in refused(one_more)


def test_csv_of_more_than_twenty_thousand_rows_is_refused(send):
    enough = send("assez.csv", "x\n" * 20_000)
    one_more = send("trop.csv", "x\n" * 20_001)

    assert len(read_workbook(enough).sheets["assez"]) == 20_000
    assert "feuille « trop » : plus de 20 000 lignes" in refused(one_more)


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_five_hundred_columns_are_read_and_one_more_is_refused(write, format):
    assert len(read_workbook(write([["x"] * 500], format)).sheets["Feuille"][0]) == 500
    assert "plus de 500 colonnes" in refused(write([["x"] * 501], format))


def test_csv_of_more_than_five_hundred_columns_is_refused(send):
    assert "plus de 500 colonnes" in refused(send("plan.csv", "x;" * 500))


MEASURED = """
import resource, sys
from pathlib import Path
from consultation.spreadsheets.reader.workbook import UnreadableWorkbook, read_workbook
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_workbook(Path(sys.argv[1]))
except UnreadableWorkbook:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_zip_bomb_takes_little_memory(send):
    path = send("plan.xlsx", bomb(300))
    command = [sys.executable, "-c", MEASURED, str(path)]

    run = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True
    )

    assert int(run.stdout) < 20 * 1024
