"""Our CSV opened with another separator than ours: what people wrote is a formula in none."""

import csv
import io
import random
import re
import unicodedata
from pathlib import Path

import pytest

import consultation
from consultation.spreadsheets.cells import SEPARATORS, Part, clean, neutralise, undo
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import write_csv
from tests.hostile.cases import SEED
from tests.hostile.spreadsheet_texts import formulas
from tests.office import PATIENCE, flattened, need_calc

NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
HEADERS = ("c0", "Nombre", "Texte, =1+1", "Part", "Fin")
FORMULA_STARTS = frozenset("=+-@")


def hostile_texts(count=1500):
    return [case.typed["suggestions"] for case in formulas(random.Random(SEED), count)]


def rows_of(texts):
    """Each text at the beginning of a line, between numbers, and at its end."""
    return [[text, -5, text, -0.5, text] for text in texts]


@pytest.fixture(scope="module", params=["cells", "parts"])
def hostile_csv(request, tmp_path_factory):
    """One CSV of all the hostile texts, by each of the two ways in which we write one."""
    rows = rows_of(hostile_texts())
    if request.param == "parts":
        rows = [[Part(row[:2]), Part(row[2:])] for row in rows]
    columns = [Column(header) for header in HEADERS]
    table = Table("hostile", columns, lambda: rows, is_in_parts=request.param == "parts")
    path = tmp_path_factory.mktemp("separators") / "hostile.csv"
    write_csv(table, path)
    return path


def cells_of_python(content, separator):
    return [cell for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator)
            for cell in row]  # fmt: skip


def cells_of_excel(content, separator):
    """What Excel makes of a file: quotes only count where a cell begins, and end it nowhere."""
    cells, cell, is_quoted, at = [], "", False, 0
    while at < len(content):
        character, after = content[at], content[at + 1 : at + 2]
        if is_quoted and character == '"':
            is_quoted = after == '"'
            cell += '"' if is_quoted else ""
            at += is_quoted
        elif is_quoted:
            cell += character
        elif character == '"' and is_start(content, at, separator):
            is_quoted = True
        elif character in (separator, "\r", "\n"):
            cells.append(cell)
            cell = ""
        else:
            cell += character
        at += 1
    return [*cells, cell]


def is_start(content, at, separator):
    return at == 0 or content[at - 1] in (separator, "\r", "\n")


def is_formula(cell):
    """Say whether some spreadsheet may run a cell: it drops what is invisible before a sign."""
    if NUMBER.fullmatch(cell):
        return False
    seen = cell.lstrip('"' + "".join(filter(is_dropped, set(cell))))
    return cell[:1] in ("\t", "\r") or unicodedata.normalize("NFKC", seen[:1])[:1] in FORMULA_STARTS


def is_dropped(character):
    return character.isspace() or unicodedata.category(character) in ("Cf", "Cc")


def test_models_find_a_formula_behind_another_separator():
    content = 'a;"b, =1+1\n=2+2";-5\r\n'

    by_python, by_excel = (read(content, ",") for read in (cells_of_python, cells_of_excel))

    assert [cell for cell in by_python if is_formula(cell)] == [" =1+1", '=2+2";-5']
    assert [cell for cell in by_excel if is_formula(cell)] == [" =1+1", '=2+2";-5']


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("read", [cells_of_python, cells_of_excel])
def test_no_cell_is_a_formula_whatever_the_separator(hostile_csv, read, separator):
    content = hostile_csv.read_bytes().decode("utf-8-sig")

    cells = read(content, separator)

    assert [cell for cell in cells if is_formula(cell)] == []
    assert len(cells) > 1500


@pytest.mark.parametrize("separator", SEPARATORS)
def test_our_own_numbers_stay_numbers_and_a_line_begins_with_none(tmp_path, separator):
    rows = [[-5, "a|", -1.5, -7], [5, 'b, "', -0.25, "-5"]]
    columns = [Column(f"c{place}") for place in range(4)]
    path = tmp_path / "numbers.csv"

    write_csv(Table("numbers", columns, lambda: rows), path)
    content = path.read_bytes().decode("utf-8-sig")

    assert content.splitlines()[1] == "'-5;a|';-1,5;-7"
    assert content.splitlines()[2] == '5;"b,\' """;-0,25;\'-5'
    assert [cell for cell in cells_of_excel(content, separator) if is_formula(cell)] == []


def test_each_text_is_read_back_to_the_letter(hostile_csv):
    rows = read_workbook(hostile_csv).sheets["hostile"]

    texts = [clean(text) for text in hostile_texts()]
    assert rows[0] == list(HEADERS)
    for place in (0, 2, 4):
        assert [row[place] for row in rows[1:]] == texts
    assert {(row[1], row[3]) for row in rows[1:]} == {("-5", "-0,5")}


def restored_as_documented(written):
    """What a reader does who knows only the words of `UNDOING`."""
    pieces = re.split(r"([;,|\t\n\x85\u2028\u2029])", written)
    for place in range(0, len(pieces), 2):
        follows = "".join(pieces[place : place + 2])[1:]
        seen = follows.lstrip("'\"" + "".join(it for it in set(follows) if is_unseen(it)))
        is_first, is_last = place == 0, place == len(pieces) - 1
        ends = is_last and not is_first and not seen
        breaks = is_first and seen[:1] in tuple("\n\x85\u2028\u2029")
        characters = unicodedata.normalize("NFKC", seen[:1])[:1] in tuple("=+-@\t")
        if pieces[place].startswith("'") and (ends or breaks or characters):
            pieces[place] = pieces[place][1:]
    return "".join(pieces)


def is_unseen(character):
    return is_dropped(character) and character not in "\t\n\x85\u2028\u2029"


def test_what_the_files_say_of_their_apostrophes_gives_each_text_back():
    texts = [clean(text) for text in hostile_texts()]

    restored = [restored_as_documented(neutralise(text)) for text in texts]

    assert restored == texts


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Trois points, dont un grave.", "Trois points, dont un grave."),
        ("Un paragraphe.\n\nUn autre.", "Un paragraphe.\n\nUn autre."),
        ("Une liste :\n- un\n- deux", "Une liste :\n'- un\n'- deux"),
        ("oui, =1+1", "oui,' =1+1"),
        ("oui,'=1+1", "oui,''=1+1"),
        ("un\t\tdeux", "un\t'\tdeux"),
        ("a|@b", "a|'@b"),
        ("oui,", "oui,'"),
        ("l'an, l'autre", "l'an, l'autre"),
    ],
)
def test_apostrophe_stands_where_another_separator_would_begin_a_formula(text, written):
    assert neutralise(text) == written
    assert undo(written) == text


def test_every_sign_and_every_invisible_character_is_known():
    every = list(map(chr, range(0x110000)))
    dropped = [it for it in every if is_unseen(it) and it != "\r"]
    characters = [it for it in every if unicodedata.normalize("NFKC", it)[0] in FORMULA_STARTS]

    assert [hex(ord(it)) for it in dropped if neutralise(f"a,{it}=") != f"a,'{it}="] == []
    assert [hex(ord(it)) for it in characters if neutralise(f"{it}1") != f"'{it}1"] == []


@pytest.mark.long
@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_libreoffice_finds_no_formula_whatever_the_separator(hostile_csv, tmp_path, separator):
    need_calc()
    control = tmp_path / "control.csv"
    control.write_text(f"a{separator}b\n=1+1{separator}2\n", "utf-8")

    pages = flattened([hostile_csv, control], tmp_path, separator)

    assert "table:formula" not in pages[0]
    assert "<office:dde" not in pages[0]
    assert "table:formula" in pages[1]


def test_no_other_module_than_ours_writes_or_reads_csv():
    importing = re.compile(r"^\s*(?:import|from) csv\b", re.MULTILINE)
    modules = Path(consultation.__file__).parent.rglob("*.py")

    importers = [path.name for path in modules if importing.search(path.read_text("utf-8"))]

    assert importers == ["csv_files.py"]
