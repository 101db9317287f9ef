"""A workbook for those who decide: eight sheets, words first, charts on the first screen."""

import zipfile

import pytest

from consultation.exports.orders.forms import WorkbookForm
from consultation.exports.orders.order import Order, order_from, order_label
from consultation.exports.selection import Selection
from consultation.moderation.models import TextState
from consultation.spreadsheets.writer import Format, Package
from tests.exports.builders import respond
from tests.exports.reading import cells_of, make, readme_of, records_of
from tests.exports.workbook.test_reviewed import decide
from tests.factories import make_measure, make_round, screen_all
from tests.results.indicators.test_summary import rated

SHEETS = [
    "Lisez-moi",
    "Tableau de bord",
    "Synthèse",
    "Indicateurs",
    "Contributions",
    "Textes",
    "Décisions",
    "Valeurs",
]
SHORT = Selection(is_complete=False)


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8", indicators=1)
    opened = make_round(session)
    rated(session, opened, "T7.1", [8] * 8 + [6])
    rated(session, opened, "T8.1", [1] * 5 + [9] * 5)
    for stance in ("keep", "amend", "drop", "none"):
        respond(session, opened, "T7", {("T7.1", "stance"): stance, "suggestions": stance})
    session.commit()
    return opened


@pytest.fixture
def made(session, opened, tmp_path):
    return make(session, opened, tmp_path, selection=SHORT)


def test_short_workbook_has_eight_sheets(made):
    assert list(cells_of(made.path)) == SHEETS


def test_page_of_exports_names_the_sheets_of_the_short_workbook():
    listed = str(WorkbookForm.complet.kwargs["description"]).partition("celles-ci : ")[2]

    assert listed.rstrip(".").replace(" et ", ", ").split(", ") == SHEETS


def test_dashboard_adds_up_each_axis_and_the_plan(made):
    *axes, plan = records_of(made.path, "Tableau de bord")

    assert [row["Axe"] for row in axes][-1] == "L'ensemble des indicateurs"
    assert plan == {
        "Axe": "Tout le plan",
        "Contributions": 23,
        "Indicateurs": 3,
        "Retenus": 1,
        "Incertains": 0,
        "Écartés": 0,
        "Désaccords": 1,
        "Sans conclusion": 1,
        "À garder": 1,
        "À reformuler ou remplacer": 1,
        "S'en passer": 1,
    }


def test_its_charts_are_on_the_dashboard_alone(made):
    with zipfile.ZipFile(made.path) as archive:
        names = archive.namelist()
        relations = {
            number: f"xl/worksheets/_rels/sheet{number}.xml.rels" in names
            and b"drawings/drawing" in archive.read(f"xl/worksheets/_rels/sheet{number}.xml.rels")
            for number in (2, 4)
        }

    assert len([name for name in names if name.startswith("xl/charts/chart")]) >= 3
    assert relations == {2: True, 4: False}


def test_indicators_have_at_most_fourteen_columns_words_first(made):
    first, *_others = records_of(made.path, "Indicateurs")

    assert len(first) <= 14
    assert list(first)[:4] == ["Mesure", "Indicateur", "Libellé", "Ce que disent les notes"]
    assert first["Ce que disent les notes"] == "Retenu, sans désaccord"
    assert first["À garder"] == pytest.approx(1 / 3, abs=1e-4)
    assert (first["Pertinence : médiane"], first["Notes de pertinence"]) == (8, 9)


def test_its_first_sheet_names_no_sheet_that_it_lacks(made):
    said = " ".join(f"{key} {value}" for key, value in readme_of(made.path).items())

    assert "Tableau de bord" in said
    assert "« Journal »" not in said
    assert "« Désaccords »" not in said


def test_without_unread_texts_only_those_that_were_let_pass_are_there(session, opened, tmp_path):
    screen_all(session)
    decide(session, "keep", TextState.PUBLISHED)

    made = make(session, opened, tmp_path, selection=Selection(is_reviewed_only=True))

    assert [row["Texte"] for row in records_of(made.path, "Textes")] == ["keep"]
    assert (made.counts.texts, made.counts.texts_unread, made.counts.texts_waiting) == (1, 0, 3)
    assert "non-relu" not in made.path.name


def test_order_stored_before_there_was_a_choice_keeps_all_sheets():
    stored = {"round": "tour-1", "format": "xlsx"}

    assert order_from(stored).is_complete
    assert not order_from({**stored, "complete": False}).is_complete


def test_order_says_that_it_is_short_and_read(session):
    order = Order("tour-1", Format.XLSX, is_complete=False, is_reviewed_only=True)

    assert order_from(order.as_json()) == order
    assert "sans les textes que personne n'a relus ; classeur court" in order_label(order)
    assert not order.selection(session()).is_complete


def test_package_of_researchers_is_always_complete(session):
    order = Order("tour-1", next(iter(Package)), is_complete=False)

    assert order.selection(session()).is_complete
