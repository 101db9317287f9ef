"""A workbook for those who decide: ten sheets, words first, charts on the first screen."""

import re
import zipfile

import pytest

from consultation.accounts.models import Role, SiteSwitch, Switch
from consultation.exports.orders.forms import WorkbookForm, offered
from consultation.exports.orders.order import Order, order_from, order_label
from consultation.exports.selection import Selection
from consultation.moderation.models import TextState
from consultation.spreadsheets.writer import Format, Package
from tests.accounts.builders import make_account
from tests.exports.builders import SENT, respond
from tests.exports.reading import cells_of, make, readme_of, records_of
from tests.exports.workbook.test_reviewed import decide
from tests.factories import make_measure, make_round, screen_all
from tests.results.indicators.test_summary import rated

SHEETS = [
    "Tableau de bord",
    "Lisez-moi",
    "Axes",
    "Synthèse",
    "Indicateurs",
    "Contributions",
    "Textes",
    "Décisions",
    "Valeurs",
    "Contrôle",
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


def turn_evaluation_on(session):
    account_id = make_account(session, "evalue@asso.example", Role.ORGANISER)
    session.add(SiteSwitch(name=Switch.EVALUATION, since=SENT, account_id=account_id))
    session.commit()


@pytest.fixture
def made(session, opened, tmp_path):
    return make(session, opened, tmp_path, selection=SHORT)


@pytest.mark.parametrize("is_complete", [False, True])
@pytest.mark.parametrize("is_anonymised", [False, True])
@pytest.mark.parametrize("evaluates", [False, True])
def test_page_says_the_number_of_sheets_of_the_file(
    session, opened, tmp_path, is_complete, is_anonymised, evaluates
):
    if evaluates:
        turn_evaluation_on(session)
    selection = Selection(is_complete=is_complete, is_anonymised=is_anonymised)

    made = make(session, opened, tmp_path, selection=selection)

    said = WorkbookForm(offer=offered(session())).complet.description
    complete, anonymised, short = map(
        int, re.match(r"(\d+) feuilles, (\d+) si .* Sinon (\d+) :", said).groups()
    )
    counted = (anonymised if is_anonymised else complete) if is_complete else short
    assert len(cells_of(made.path)) == counted
    assert ("Valeurs" in cells_of(made.path)) is evaluates


def test_short_workbook_has_its_sheets_in_order(session, opened, tmp_path):
    turn_evaluation_on(session)

    made = make(session, opened, tmp_path, selection=SHORT)

    assert list(cells_of(made.path)) == SHEETS
    listed = WorkbookForm(offer=offered(session())).complet.description.rpartition(" : ")[2]
    assert listed.rstrip(".").replace(" et ", ", ").split(", ") == SHEETS


@pytest.mark.parametrize("is_complete", [False, True])
def test_first_sheets_are_ten_lines_each(session, opened, tmp_path, is_complete):
    made = make(session, opened, tmp_path, selection=Selection(is_complete=is_complete))

    board, readme = list(cells_of(made.path).values())[:2]
    lines = dict(row[:2] for row in board[1:])
    assert len(lines) == 9
    assert len(readme) <= 11
    assert lines["Contributions"] == "23 comptées, sur 23 reçues"
    assert lines["Mesures"].startswith("2 sur 2 ont reçu une contribution ; la plus commentée")
    assert lines["Qu'en faire"].startswith("sur 3 avis : 33\u202f% veulent garder")
    assert lines["Le plus à changer"].startswith("T7.1, « ")


def test_axes_add_up_to_the_plan(made):
    *axes, plan = records_of(made.path, "Axes")

    assert [row["Axe"] for row in axes][-1] == "L'ensemble des indicateurs"
    assert plan == {
        "Axe": "Tout le plan",
        "Contributions": 23,
        "Indicateurs": 3,
        "Pertinents": 1,
        "Avis partagés": 0,
        "Peu pertinents": 0,
        "Avis opposés": 1,
        "Sans conclusion": 1,
        "À garder": 1,
        "À reformuler ou remplacer": 1,
        "S'en passer": 1,
        "À garder (part)": pytest.approx(1 / 3),
        "À reformuler ou remplacer (part)": pytest.approx(1 / 3),
        "S'en passer (part)": pytest.approx(1 / 3),
    }


def test_its_charts_are_on_the_dashboard_and_label_shares_as_shares(made):
    with zipfile.ZipFile(made.path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    drawn = {
        number: "drawings/drawing" in parts.get(f"xl/worksheets/_rels/sheet{number}.xml.rels", "")
        for number in (1, 5)
    }
    charts = [content for name, content in parts.items() if name.startswith("xl/charts/chart")]
    labels = re.findall(r'<c:dLbls><c:numFmt formatCode="([^"]*)"', "".join(charts[:3]))
    assert labels == ["#,##0;;;"] * 6 + ["0 %;;;"] * 3
    assert drawn == {1: True, 5: False}


def test_indicators_have_at_most_fourteen_columns_words_first(made):
    first, *_others = records_of(made.path, "Indicateurs")

    assert len(first) <= 14
    assert list(first)[:4] == ["Mesure", "Indicateur", "Libellé", "Ce que disent les notes"]
    assert first["Ce que disent les notes"] == "Jugé pertinent"
    assert first["À garder"] == pytest.approx(1 / 3, abs=1e-4)
    assert (first["Pertinence : médiane"], first["Notes de pertinence"]) == (8, 9)


def test_its_texts_name_no_sheet_that_it_lacks(made):
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
