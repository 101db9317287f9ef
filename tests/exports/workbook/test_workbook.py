"""What a workbook holds, opened again and compared with the database."""

import hashlib
import json
import re
import stat
import zipfile
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.files import manifest_of
from consultation.exports.selection import Selection
from consultation.exports.workbook.counts import Counts, CountsDisagree
from consultation.exports.workbook.sheets import texts
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Response
from consultation.spreadsheets.writer import Format
from tests.exports.builders import SENT, form_of, question_of, respond
from tests.exports.reading import (
    MADE,
    bytes_of,
    cells_of,
    csv_of,
    make,
    ods_of,
    readme_of,
    records_of,
)
from tests.factories import make_measure, make_round

SHEETS = [
    "Tableau de bord",
    "Lisez-moi",
    "Axes",
    "Synthèse",
    "Indicateurs",
    "Avis",
    "Contributions",
    "Textes",
    "Tableaux croisés",
    "Couverture",
    "Désaccords",
    "Textes semblables",
    "Décisions",
    "Éditions",
    "Révisions",
    "Dictionnaire",
    "Journal",
    "Contrôle",
]
"""Those of a site that does not evaluate its plan."""
HOSTILE = (
    "=1+1",
    "+33 1 23 45 67 89",
    "-2 points",
    "@SUM(A1:A9)",
    '=HYPERLINK("https://exemple.invalid";"cliquez")',
    "\t=1+1",
    "＝1+1",
    " =cmd|'/c calc'!A0",
    "https://exemple.invalid/",
    "<r><t>gras</t></r>",
    "Où ? « là » ; l’été\nà Nœux",
)


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def test_sheets_stand_in_their_order_and_the_warning_comes_first(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "Mieux."})

    made = make(session, opened, tmp_path)

    cells = cells_of(made.path)
    assert list(cells) == SHEETS
    assert cells["Lisez-moi"][0][0] == (
        "Ne pas diffuser : des textes de ce classeur n'ont été relus par personne."
    )


def test_name_says_round_moment_in_paris_and_that_nobody_has_read_it(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "Mieux."})
    made = make(session, opened, tmp_path)
    zipped = make(session, opened, tmp_path, Format.CSV)

    assert made.path.name == "consultation-tour-1-2026-11-24-150509-non-relu.xlsx"
    assert zipped.path.name == "consultation-tour-1-2026-11-24-150509-non-relu.zip"


def test_two_workbooks_of_one_second_do_not_replace_each_other(session, opened, tmp_path):
    first = make(session, opened, tmp_path)
    second = make(session, opened, tmp_path)

    assert second.path.name == "consultation-tour-1-2026-11-24-150509-2.xlsx"
    assert first.path.is_file()


def test_two_workbooks_written_at_once_do_not_replace_each_other(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})
    folder, other_paths = tmp_path / "exports", []

    def make_another(step):
        if step.startswith("Feuille") and not other_paths:
            other_paths.append(step)
            only_t8 = Selection(frozenset({"T8"}))
            other_paths[0] = make(session, opened, folder, screens=False, selection=only_t8)

    first = make(session, opened, folder, report=make_another)

    [second] = other_paths
    files = {first.path, manifest_of(first.path), second.path, manifest_of(second.path)}
    assert set(folder.iterdir()) == files
    assert len(files) == 4
    for made in (first, second):
        assert hashlib.sha256(made.path.read_bytes()).hexdigest() == made.sha256
        assert json.loads(manifest_of(made.path).read_text("utf-8")) == made.manifest


def test_round_code_is_made_fit_for_a_file_name(session, opened, tmp_path):
    opened.code = "../tour n° 1"

    made = make(session, opened, tmp_path)

    assert made.path.parent == tmp_path
    assert made.path.name.startswith("consultation-..-tour-n-1-2026")


def test_only_the_owner_may_read_the_files(session, opened, tmp_path):
    made = make(session, opened, tmp_path / "exports")

    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (made.path.parent, made.path, manifest_of(made.path))
    ]

    assert modes == [0o700, 0o600, 0o600]


def test_figures_reconcile_with_sql(session, opened, tmp_path):
    answers = {("T7.1", "stance"): "keep", ("T7.2", "reason"): "Parce que.", "standing": "done"}
    first = respond(session, opened, "T7", answers)
    respond(session, opened, "T7", {"suggestions": "Mieux."}, revises=first)
    respond(session, opened, "T7", answers, withdrawn_at=SENT)
    respond(session, opened, "T8", {("T8.1", "relevance"): 7})
    respond(session, opened, None, {"tool_useful": "Tout."})

    made = make(session, opened, tmp_path)

    received = session.scalar(sa.select(sa.func.count()).select_from(Response))
    readme = readme_of(made.path)
    assert received == 5
    assert readme["Contributions reçues"] == received
    assert readme["dont comptées dans ce classeur"] == 3
    assert readme["dont retirées par les personnes qui les ont envoyées"] == 1
    assert readme["dont remplacées par une révision"] == 1
    assert made.counts == Counts(
        received=5,
        included=3,
        left_out=0,
        invited=0,
        confirmed=0,
        set_aside=0,
        set_aside_tests=0,
        set_aside_duplicates=0,
        withdrawn=1,
        superseded=1,
        opinions=1,
        texts_received=2,
        texts=2,
        texts_unread=2,
        texts_once=2,
        texts_waiting=0,
        texts_withheld=0,
        decisions=0,
        decisions_published=0,
        decisions_replaced=0,
        decisions_waiting=0,
        values=0,
        values_public=0,
        judgements=0,
        indicators=4,
    )
    assert {name: made.rows_by_sheet[name] for name in ("Avis", "Contributions", "Textes")} == {
        "Avis": 1,
        "Contributions": 3,
        "Textes": 2,
    }


def test_superseded_and_withdrawn_responses_are_in_no_sheet(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"suggestions": "première canari"})
    second = respond(session, opened, "T7", {"suggestions": "deuxième"}, revises=first)
    gone = respond(session, opened, "T7", {"suggestions": "retirée canari"}, withdrawn_at=SENT)

    made = make(session, opened, tmp_path)

    content = bytes_of(made.path).decode()
    assert "canari" not in content
    assert first.receipt_code not in content
    assert gone.receipt_code not in content
    assert records_of(made.path, "Contributions")[0]["Révision"] == 2
    assert records_of(made.path, "Textes")[0]["Numéro de dépôt"] == second.receipt_code


def test_responses_of_another_round_are_left_out(session, opened, tmp_path):
    later = make_round(session, code="tour-2")
    respond(session, opened, "T7", {"suggestions": "du premier"})
    respond(session, later, "T7", {"suggestions": "du second"})

    made = make(session, later, tmp_path)

    assert [text["Texte"] for text in records_of(made.path, "Textes")] == ["du second"]


@pytest.mark.parametrize("format", list(Format))
def test_names_and_addresses_are_in_no_byte_of_the_file(session, opened, tmp_path, format):
    contact = ("Canari Dupont-Zzyzx", "canari.zzyzx@exemple.invalid")
    response = respond(session, opened, "T7", {"suggestions": "Bien."}, contact=contact)
    name = question_of(form_of(session, opened, "T7"), "name")
    session.add(Answer(response_id=response.id, question_id=name.id, text="Canari Zzyzx"))

    made = make(session, opened, tmp_path, format)

    everything = bytes_of(made.path) + manifest_of(made.path).read_bytes() + made.path.read_bytes()
    assert b"zzyzx" not in everything.lower()
    assert response.receipt_code.encode() in everything
    assert made.counts.texts == 1


def test_no_text_becomes_a_formula_and_each_comes_back_to_the_letter(session, opened, tmp_path):
    for text in HOSTILE:
        respond(session, opened, "T7", {"suggestions": text}, organisation=text)

    made = make(session, opened, tmp_path)

    assert [row["Texte"] for row in records_of(made.path, "Textes")] == list(HOSTILE)
    assert [row["Organisation"] for row in records_of(made.path, "Contributions")] == list(HOSTILE)
    content = bytes_of(made.path)
    assert not re.search(rb"<f[ >]", content)
    assert b"<hyperlink" not in content


def test_csv_neutralises_texts_and_leaves_numbers_alone(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "relevance"): 7, "suggestions": "=1+1"})

    made = make(session, opened, tmp_path, Format.CSV)

    rows = csv_of(made.path)
    assert list(rows) == SHEETS
    assert rows["Textes"][1][5] == "'=1+1"
    assert rows["Avis"][1][8] == "7"


def test_three_formats_say_the_same(session, opened, tmp_path):
    answers = {("T7.1", "stance"): "amend", ("T7.1", "relevance"): 7, "suggestions": "Où ?"}
    respond(session, opened, "T7", answers, organisation="Œuvre", territory="corse")
    respond(session, opened, None, {"tool_method": "none"})

    files = {format: make(session, opened, tmp_path, format).path for format in Format}

    xlsx = cells_of(files[Format.XLSX])
    ods = ods_of(files[Format.ODS])
    zipped = csv_of(files[Format.CSV])
    for name in ("Avis", "Textes", "Synthèse"):
        texts_of_xlsx = [[_as_text(cell) for cell in row] for row in xlsx[name]]
        texts_of_ods = [[_as_bit(text) for _, text in row] for row in ods[name]]
        assert texts_of_xlsx == zipped[name]
        assert [row[: len(zipped[name][0])] for row in texts_of_ods] == zipped[name]


def _as_text(cell):
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, bool) else str(cell)


def _as_bit(text):
    return {"VRAI": "1", "TRUE": "1", "true": "1", "FAUX": "0", "FALSE": "0", "false": "0"}.get(
        text, text
    )


def test_empty_round_gives_a_workbook_that_says_so(session, opened, tmp_path):
    made = make(session, opened, tmp_path)

    readme = readme_of(made.path)
    assert readme["Contributions reçues"] == 0
    assert readme["Ce tour n'a reçu aucune contribution"] == (
        "Hors décisions, les feuilles sont vides, ou à zéro."
    )
    assert records_of(made.path, "Avis") == []
    assert [row["Contributions"] for row in records_of(made.path, "Synthèse")] == [0, 0, 0]
    assert len(records_of(made.path, "Indicateurs")) == 4


def test_round_of_unpublished_forms_gives_a_workbook_too(session, tmp_path):
    opened = make_round(session)
    session.execute(sa.update(Questionnaire).values(published_at=None))

    made = make(session, opened, tmp_path)

    assert list(cells_of(made.path)) == SHEETS
    assert readme_of(made.path)["Versions des questionnaires"] == (
        "Aucun questionnaire n'a été publié."
    )


def test_manifest_beside_the_file_says_what_is_in_it(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})

    made = make(session, opened, tmp_path)

    manifest = json.loads(manifest_of(made.path).read_text("utf-8"))
    assert manifest == made.manifest
    assert manifest["sha256"] == hashlib.sha256(made.path.read_bytes()).hexdigest() == made.sha256
    assert manifest["bytes"] == made.path.stat().st_size
    assert manifest["made_at"] == MADE.isoformat()
    assert manifest["filters"] == {
        "round": "tour-1",
        "measures": None,
        "agreement": "any",
        "anonymised": False,
        "locale": "fr",
        "complete": True,
        "reviewed": False,
    }
    assert manifest["counts"]["received"] == 1
    assert manifest["questionnaires"] == [
        {"measure": "T7", "version": 1},
        {"measure": "T8", "version": 1},
        {"measure": "(outil)", "version": 1},
    ]


def test_manifest_of_an_archive_has_the_hash_of_each_file_in_it(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})

    made = make(session, opened, tmp_path, Format.CSV)

    with zipfile.ZipFile(made.path) as archive:
        rows = {
            name: (len(content), hashlib.sha256(content).hexdigest())
            for name in archive.namelist()
            for content in [archive.read(name)]
        }
    listed = {it["file"]: (it["bytes"], it["sha256"]) for it in made.manifest["files"]}
    assert listed == rows
    assert "Avis.csv" in listed


def test_response_received_meanwhile_is_not_half_in(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "stance"): "keep", "suggestions": "avant"})
    engine, late = session.get_bind(), []

    def report(step):
        if not late and step.startswith("Feuille Lisez-moi"):
            with Session(engine) as other:
                round_of_other = other.get(type(opened), opened.id)
                respond(
                    other,
                    round_of_other,
                    "T7",
                    {("T7.1", "stance"): "drop", "suggestions": "pendant"},
                )
                other.commit()
            late.append(True)

    made = make(session, opened, tmp_path, report=report)

    assert late == [True]
    assert made.counts.received == 1
    assert [row["Texte"] for row in records_of(made.path, "Textes")] == ["avant"]
    assert len(records_of(made.path, "Avis")) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 2


def test_nothing_is_offered_before_it_is_whole(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "Bien."})
    seen = []

    make(
        session,
        opened,
        tmp_path,
        report=lambda step: seen.append([p.name for p in tmp_path.glob("consultation-*")]),
    )

    assert len(seen) > 5
    assert all(names == [] for names in seen)


def test_interrupted_export_leaves_nothing(session, opened, tmp_path):
    respond(session, opened, "T7", {"suggestions": "Bien."})

    def report(step):
        if step.startswith("Feuille Textes"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(session, opened, tmp_path / "exports", report=report)

    assert list((tmp_path / "exports").iterdir()) == []


def test_workbook_whose_figures_disagree_is_not_given_out(session, opened, tmp_path, monkeypatch):
    respond(session, opened, "T7", {"suggestions": "Bien."})
    monkeypatch.setattr(texts, "_rows", lambda *given: iter(()))

    with pytest.raises(CountsDisagree):
        make(session, opened, tmp_path / "exports")

    assert list((tmp_path / "exports").iterdir()) == []


def test_counts_that_do_not_add_up_are_refused():
    whole = Counts(
        received=5,
        included=3,
        left_out=0,
        invited=1,
        confirmed=1,
        set_aside=1,
        set_aside_tests=1,
        set_aside_duplicates=0,
        withdrawn=1,
        superseded=0,
        opinions=0,
        texts_received=4,
        texts=2,
        texts_unread=1,
        texts_once=2,
        texts_waiting=1,
        texts_withheld=1,
        decisions=6,
        decisions_published=3,
        decisions_replaced=1,
        decisions_waiting=2,
        values=3,
        values_public=2,
        judgements=4,
        indicators=2,
    )
    whole.check()

    figures = ("received", "set_aside", "texts_received", "texts_withheld", "decisions")
    for name in (*figures, "values_public"):
        with pytest.raises(CountsDisagree):
            replace(whole, **{name: 9}).check()
