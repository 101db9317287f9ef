"""Workbooks of rounds that have next to nothing, and files that must hold no formula."""

import re
import zipfile

import pytest

from consultation.exports.selection import Selection
from consultation.spreadsheets.writer import Format
from tests.exports.builders import SENT, add_question, respond
from tests.exports.reading import cells_of, make, readme_of, records_of
from tests.exports.workbook.test_workbook import HOSTILE, SHEETS
from tests.factories import make_measure, make_round
from tests.office import flattened, need_calc


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    return make_round(session)


@pytest.fixture
def hostile(session):
    """A round in which everything that people and organisers may write looks like a formula."""
    measure = make_measure(session, "T7", title="=1+1")
    measure.indicators[0].versions[0].label = {"fr": '=HYPERLINK("https://exemple.invalid")'}
    session.flush()
    opened = make_round(session)
    opened.title = {"fr": "=1+1"}
    opened.document_url = "https://exemple.invalid/document"
    form = add_choice(session, opened)
    for text in HOSTILE:
        answers = {"suggestions": text, form: "plus", ("T7.1", "stance"): "keep"}
        first = respond(session, opened, "T7", answers, organisation=text, capacity="=1+1")
        respond(session, opened, "T7", answers, revises=first)
    return opened


def add_choice(session, opened):
    form = respond(session, opened, "T7", {}).questionnaire
    add_question(session, form, "sum", "single_choice", "plus", "minus", label="=SUM(A1:A9)")
    form.questions[-1].options[0].label = {"fr": "=1+1"}
    session.flush()
    return "sum"


def test_round_without_a_response_says_so_and_has_every_sheet(session, opened, tmp_path):
    made = make(session, opened, tmp_path)

    assert list(cells_of(made.path)) == SHEETS
    assert "Ce tour n'a reçu aucune contribution" in readme_of(made.path)
    assert {row["Total"] for row in records_of(made.path, "Tableaux croisés")} == {0}
    assert records_of(made.path, "Journal") == []
    assert [row["Contributions"] for row in records_of(made.path, "Couverture")] == [0, 0]


def test_one_response_is_enough_for_every_sheet(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "relevance"): 5, "suggestions": "Seul."})

    made = make(session, opened, tmp_path)

    assert list(cells_of(made.path)) == SHEETS
    assert "Ce tour n'a reçu aucune contribution" not in readme_of(made.path)


@pytest.mark.parametrize("format", list(Format))
def test_round_without_any_form_says_so(session, tmp_path, format):
    opened = make_round(session)
    empty = Selection(frozenset())

    made = make(session, opened, tmp_path, format, selection=empty)

    assert made.counts.received == 0
    if format is Format.XLSX:
        assert list(cells_of(made.path)) == SHEETS
        assert readme_of(made.path)["Aucun questionnaire n'est dans ce classeur"] == (
            "Aucun n'a été publié pour ce qui était demandé : il n'y a que dictionnaire et"
            " décisions."
        )
        with zipfile.ZipFile(made.path) as archive:
            assert not [name for name in archive.namelist() if "chart" in name]


def test_responses_that_all_were_withdrawn_are_said_to_be(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "Retiré."}, withdrawn_at=SENT)

    made = make(session, opened, tmp_path)

    assert "Journal" in readme_of(made.path)["Aucune contribution n'est comptée"]
    assert [row["Ce qu'il en est"] for row in records_of(made.path, "Journal")] == [
        "retirée par la personne qui l'a envoyée"
    ]


def test_check_speaks_for_the_collective_and_names_its_addresses(session, opened, tmp_path):
    opened.document_url = "https://exemple.invalid/document.pdf"

    made = make(session, opened, tmp_path, site="https://consultation.example")

    readme = readme_of(made.path)
    firsts = [row[0] for row in cells_of(made.path, "Contrôle")["Contrôle"]]
    assert "Ensemble contre la traite des êtres humains" in firsts
    assert readme["Adresse du site"] == "https://consultation.example/"
    assert readme["Mesures du tour et leurs formulaires"] == "https://consultation.example/mesures"
    assert readme["Document de travail"] == "https://exemple.invalid/document.pdf"
    assert readme["Dates du tour"].startswith("du ")
    assert "garde ses codes et ses colonnes" in readme["Cellules et codes"]


def test_charts_refer_to_the_workbook_s_own_sheets_and_nothing_else_is_a_formula(
    session, hostile, tmp_path
):
    made = make(session, hostile, tmp_path)

    with zipfile.ZipFile(made.path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    charts = [content for name, content in parts.items() if name.startswith("xl/charts/")]
    places = [place for content in charts for place in re.findall("<c:f>(.*?)</c:f>", content)]
    own = re.compile(r"(Axes|Synthèse|Indicateurs)!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?")
    assert len(charts) >= 4
    assert [place for place in places if not own.fullmatch(place.replace("'", ""))] == []
    assert "HYPERLINK" not in "".join(charts)
    others = {name: content for name, content in parts.items() if "xl/charts/" not in name}
    for mark in ("<f[ >]", "<hyperlink", 't="e"', "<formula"):
        assert [name for name, content in others.items() if re.search(mark, content)] == []


def test_every_chart_has_an_alternative_text(session, hostile, tmp_path):
    made = make(session, hostile, tmp_path)

    with zipfile.ZipFile(made.path) as archive:
        drawings = [
            archive.read(name).decode()
            for name in archive.namelist()
            if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name)
        ]
    texts = [re.findall(r'<xdr:cNvPr [^>]*?descr="([^"]+)"', drawing) for drawing in drawings]
    assert [len(of_sheet) for of_sheet in texts] == [
        drawing.count("<xdr:graphicFrame ") for drawing in drawings
    ]
    assert any("T7.1 à T7.2" in text for of_sheet in texts for text in of_sheet)


# Without LibreOffice, a test above looks for formulas in the XML of the workbook, and those of
# `tests/hostile` in the XML of XLSX and ODS.
@pytest.mark.long
@pytest.mark.parametrize("format", list(Format))
def test_libreoffice_finds_no_formula_in_a_hostile_workbook(session, hostile, tmp_path, format):
    need_calc()
    made = make(session, hostile, tmp_path, format)
    control = tmp_path / "control.csv"
    control.write_text("a;b\n=1+1;2\n", "utf-8")

    flat = flattened([*unpacked(made.path, format, tmp_path)], tmp_path)

    formulas = {place for page in flat for place in re.findall('table:formula="(.*?)"', page)}
    assert len(flat) == (len(SHEETS) if format is Format.CSV else 1)
    # LibreOffice keeps yes and no of XLSX as functions of its own.
    assert formulas <= {"of:=TRUE()", "of:=FALSE()"}
    assert any("=1+1" in page for page in flat)
    for mark in ("<text:a ", "<table:table-source", "<table:cell-range-source", "<office:dde"):
        assert [page for page in flat if mark in page] == []
    links = {link for page in flat for link in re.findall('xlink:href="(.*?)"', page)}
    assert {link for link in links if not link.startswith("#")} <= {".."}  # a chart, its workbook
    assert "table:formula" in flattened([control], tmp_path)[0]


def unpacked(path, format, directory):
    if format is not Format.CSV:
        return [path]
    with zipfile.ZipFile(path) as archive:
        return [directory / archive.extract(name, directory) for name in archive.namelist()]
