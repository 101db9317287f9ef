import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.spreadsheets.cells import begins_formula, clean, neutralise, undo
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.table import Column, Table, TextTooLong
from consultation.spreadsheets.writer import Format, write_workbook

HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\ttexte",
    " \ntexte",
    "\n=1+1",
    "  =1+1",
    "\xa0=1+1",
    "\u200b=1+1",
    "'=1+1",
    "''=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM",
    "﹦1+1",
    '=HYPERLINK("http://exemple.invalid","clic")',
    '<r><t>x</t></r></is></c><c r="B2"><f>1+1</f><v>2</v></c><c><is><r><t>y</t></r>',
    "</text:p></table:table-cell><table:table-cell table:formula='of:=1+1'><text:p>",
    "]]>&amp;<!--",
]
LOOKS_LIKE_ANOTHER_TYPE = ["007", "1E5", "TRUE", "FAUX", "3-12", "1/2", "0,5", "12:30", "#N/A"]
ESCAPE_LIKE = ["_x0041_", "_x0041_x0042_", "_x005F_x0041_", "a_x000D_b", "__x00e9__", "_x004"]

PIECES = [*HOSTILE, *LOOKS_LIKE_ANOTHER_TYPE, *ESCAPE_LIKE, " ", "  ", "\t", "\n", "é", "😀", "'"]
ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)
TEXTS = ANY_TEXT | st.lists(st.sampled_from(PIECES) | ANY_TEXT, max_size=4).map("".join)


@settings(max_examples=30)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=30))
def test_any_text_survives_xlsx_and_ods(write, texts):
    for format in (Format.XLSX, Format.ODS):
        path = write([[text] for text in texts], format)

        rows = read_workbook(path).sheets["Feuille"][1:]

        assert [row[0] for row in rows] == texts


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_any_text_survives_csv_once_its_apostrophes_are_taken_away(write, cells_seen, texts):
    path = write([[text, "fin"] for text in texts], Format.CSV)

    rows = cells_seen(path, Format.CSV)

    assert [undo(row[0]) for row in rows] == texts
    assert not any(begins_formula(row[0]) and not row[0].startswith("'") for row in rows)


@settings(max_examples=30)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=30))
def test_other_programmes_read_the_same_text(write, cells_seen, texts):
    plain = [text for text in texts if "_x" not in text]  # openpyxl leaves such escapes as they are

    xlsx = cells_seen(write([[text] for text in plain], Format.XLSX), Format.XLSX)
    ods = cells_seen(write([[text] for text in texts], Format.ODS), Format.ODS)

    assert [row[0] for row in xlsx] == plain
    assert [row[0] for row in ods] == texts


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_never_a_formula(write, part, text):
    row = [text, text]

    sheet = part(write([row], Format.XLSX), "xl/worksheets/sheet1.xml")
    content = part(write([row], Format.ODS), "content.xml")

    assert "<f" not in re.sub("<filter.*?>", "", sheet)
    assert sheet.count('t="inlineStr"') == 4
    assert "table:formula" not in re.sub("&lt;.*?&gt;", "", content)
    assert content.count('office:value-type="string"') == 4


@pytest.mark.parametrize("text", [text for text in HOSTILE if text[0] not in "<]"])
def test_csv_puts_an_apostrophe_before_a_hostile_text(write, cells_seen, text):
    path = write([[text, "Réponse = oui"]], Format.CSV)

    assert cells_seen(path, Format.CSV) == [[neutralise(text), "Réponse = oui"]]
    assert neutralise(text).replace("'", "") == text.replace("'", "")
    assert neutralise(text)[0] == "'"


def test_csv_puts_an_apostrophe_before_a_hostile_header(write, part):
    path = write([[1]], Format.CSV, columns=[Column("=1+1")])

    assert part(path, "Feuille.csv") == "\ufeff'=1+1\r\n1\r\n"


def test_hostile_text_stays_a_text_when_somebody_edits_its_cell(write, part):
    path = write([["=1+1", "calme"]])

    styles = part(path, "xl/styles.xml")
    risky, calm = re.findall(r'<c r="[AB]2" s="(\d+)"', part(path, "xl/worksheets/sheet1.xml"))
    looks = re.findall(r"<xf .*?/?>", styles.split("<cellXfs")[1])

    assert 'quotePrefix="1"' in looks[int(risky)]
    assert "quotePrefix" not in looks[int(calm)]


@pytest.mark.parametrize("text", LOOKS_LIKE_ANOTHER_TYPE)
@pytest.mark.parametrize("format", Format)
def test_text_that_looks_like_another_type_stays_a_text(write, cells_seen, format, text):
    path = write([[text]], format)

    assert cells_seen(path, format) == [[text]]


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
@pytest.mark.parametrize("text", ESCAPE_LIKE)
def test_text_that_looks_like_an_escape_reads_back_equal(write, format, text):
    path = write([[text]], format)

    assert read_workbook(path).sheets["Feuille"][1] == [text]


def test_ods_writes_blanks_and_lines_as_elements_since_raw_ones_are_joined(write, part):
    content = part(write([["  un\tdeux \n  trois  quatre"]], Format.ODS), "content.xml")

    two = '<text:s text:c="2"/>'
    first = f'<text:p>{two}un<text:tab/>deux<text:s text:c="1"/></text:p>'
    assert f"{first}<text:p>{two}trois{two}quatre</text:p>" in content


@pytest.mark.parametrize("format", Format)
def test_signs_that_xml_cannot_hold_are_dropped(write, cells_seen, format):
    path = write([["a\x00b\x0b\ud800c\ufffe\uffff", "un\r\ndeux\rtrois"]], format)

    assert cells_seen(path, format) == [["abc", "un\ndeux\ntrois"]]


@pytest.mark.parametrize("format", Format)
def test_text_as_long_as_a_cell_can_hold_is_written_whole(write, cells_seen, format):
    text = "é" * 32_765 + "😀"

    path = write([[text]], format)

    assert cells_seen(path, format) == [[text]]


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("text", ["é" * 32_768, "é" * 32_766 + "😀"])
def test_too_long_text_is_refused_with_its_place(tmp_path, format, text):
    columns = [Column("Code"), Column("Réponse")]
    table = Table("Textes", columns, lambda: [["A1", "bref"], ["A2", text]])

    with pytest.raises(TextTooLong) as refusal:
        write_workbook([table], tmp_path / "classeur", format)

    facts = refusal.value
    assert (facts.sheet, facts.column, facts.row) == ("Textes", "Réponse", 3)
    assert "« Réponse », ligne 3" in str(facts)
    assert list(tmp_path.iterdir()) == []


@given(TEXTS)
def test_taking_the_apostrophes_away_is_always_right(text):
    assert undo(neutralise(text)) == text
    assert clean(neutralise(text)) == neutralise(clean(text))
