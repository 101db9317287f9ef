"""Sheets « Décisions » and « Éditions »: every decision, what it changed and rests on."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import frictionless
import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome
from consultation.exports.selection import Agreement, Selection
from consultation.moderation import excluded_responses
from consultation.moderation.models import AsideReason, ModeratedText, Verdict
from consultation.plan import queries
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs
from consultation.responses.models import Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.spreadsheets.writer import Format, Package
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    make_published_text,
    wording_of,
)
from tests.exports.reading import bytes_of, cells_of, make, ods_of, readme_of, records_of
from tests.factories import make_measure, make_round
from tests.moderation.builders import Colleague, make_actor, make_text, range_of

TEXT = "Comptez les canaris hébergés."
MORNING = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
MEASURED = Measurement(MeasuredAs.NUMBER, None, Figure(120.0, "2025", "Rapport annuel"))


@pytest.fixture
def opened(session):
    make_measure(session, "T4", "Accès à l'emploi", indicators=1)
    make_measure(session, "T7", "Hébergement spécialisé", indicators=2)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(session):
    return make_organiser(session)


@pytest.fixture
def decided(session, opened, organiser):
    """A decision that rests on a text, published; one replaced before, and one that waits."""
    text = make_published_text(session, opened, TEXT)
    about = indicator_subject(session, "T7.1")
    make_decision(session, organiser, about, label="Brouillon")
    published = make_decision(
        session, organiser, about, at=MORNING,
        outcome=DecisionOutcome.AMENDED,
        wording=wording_of(about, label="Places occupées", definition="Au 31 décembre."),
        measurement=MEASURED,
        reason={"fr": "Le nombre seul ne dit rien.", "en": "The number alone says little."},
        note="Vu avec le rapporteur.", answer_ids=[text],
    )  # fmt: skip
    make_edition(session, organiser, published, title="Version révisée", at=MORNING)
    missing = Subject(queries.bare_measure(session, "T4"))
    make_decision(
        session, organiser, missing, outcome=DecisionOutcome.LATER, subject={"fr": "Les délais"}
    )
    return published


def test_each_decision_has_its_row_in_the_order_of_the_plan(session, opened, decided, tmp_path):
    made = make(session, opened, tmp_path)

    waiting, replaced, published = records_of(made.path, "Décisions")
    assert (waiting["Mesure"], waiting["Indicateur"]) == ("T4", None)
    assert (waiting["Intitulé avant"], waiting["Décision"]) == ("Les délais", "Reporté")
    assert (waiting["État"], waiting["Édition"]) == ("non publiée", None)
    assert replaced["État"] == "remplacée sans avoir été publiée"
    assert [row["Remplacée"] for row in (waiting, replaced, published)] == [False, True, False]
    published["Décidé le"] = published["Décidé le"].date()
    assert published == {
        "Mesure": "T7",
        "Indicateur": "T7.1",
        "Intitulé avant": "Places réservées (T7.1)",
        "Décision": "Modifié",
        "Décision (code)": "amended",
        "Changement": "Nouveau texte",
        "Changement (code)": "reword",
        "Édition": 1,
        "État": "publiée",
        "Remplacée": False,
        "Décidé le": date(2026, 11, 23),
        "Contributions": 1,
        "Intitulé après": "Places occupées",
        "Autres textes changés": "Définition : « Au 31 décembre, par région. »"
        " devient « Au 31 décembre. »\n"
        "Type de valeur « nombre »\n"
        "Départ : valeur « 120 »\n"
        "Départ : date « 2025 »\n"
        "Départ : source « Rapport annuel »",
        "Raison": "Le nombre seul ne dit rien.",
        "Raison (anglais)": "The number alone says little.",
        "Note interne": "Vu avec le rapporteur.",
        "Textes": TEXT,
    }


def test_figures_of_the_first_sheet_and_the_manifest_add_up(session, opened, decided, tmp_path):
    made = make(session, opened, tmp_path)

    readme, counts = readme_of(made.path), made.manifest["counts"]
    assert readme["Décisions du collectif sur ces mesures"] == 3
    assert readme["dont publiées par une édition"] == counts["decisions_published"] == 1
    assert readme["dont pas encore publiées"] == counts["decisions_waiting"] == 1
    assert readme["dont remplacées sans avoir été publiées"] == counts["decisions_replaced"] == 1
    assert made.manifest["rows"]["Décisions"] == counts["decisions"] == 3


def test_decision_published_and_replaced_counts_as_published(
    session, opened, organiser, decided, tmp_path
):
    make_decision(session, organiser, indicator_subject(session, "T7.1"))

    made = make(session, opened, tmp_path)

    states = [(row["État"], row["Remplacée"]) for row in records_of(made.path, "Décisions")]
    assert states[2:] == [("publiée", True), ("non publiée", False)]
    assert (made.counts.decisions_published, made.counts.decisions_replaced) == (1, 1)


def test_added_indicator_has_a_label_after_and_none_before(session, opened, organiser, tmp_path):
    about = Subject(queries.bare_measure(session, "T4"))
    wording = wording_of(indicator_subject(session, "T4.1"), label="Contrats signés")
    make_decision(
        session, organiser, about, outcome=DecisionOutcome.ADDED, code="T4.9", wording=wording
    )

    (row,) = records_of(make(session, opened, tmp_path).path, "Décisions")
    assert (row["Indicateur"], row["Intitulé avant"]) == ("T4.9", None)
    assert row["Intitulé après"] == "Contrats signés"
    assert "Intitulé" not in row["Autres textes changés"]


def test_measurement_that_a_decision_leaves_as_it_is_is_not_among_the_changes(
    session, opened, organiser, decided, tmp_path
):
    about = indicator_subject(session, "T7.1")
    changed = replace(MEASURED, baseline=Figure(130.0, "2025", "Rapport annuel"))
    for measurement in (MEASURED, changed):
        make_decision(
            session, organiser, about,
            outcome=DecisionOutcome.AMENDED, measurement=measurement,
            wording=wording_of(about, label="Places ouvertes"),
        )  # fmt: skip

    *_, same, other = records_of(make(session, opened, tmp_path).path, "Décisions")
    assert same["Autres textes changés"] is None
    assert other["Autres textes changés"] == "Départ : valeur « 120 » devient « 130 »"


def test_each_published_edition_has_its_row(session, opened, organiser, decided, tmp_path):
    edition = make_edition(session, organiser, title="Le plan tel quel", at=now())

    made = make(session, opened, tmp_path)

    first, second = records_of(made.path, "Éditions")
    assert (first["Édition"], first["Titre"], first["Décisions"]) == (1, "Version révisée", 1)
    assert first["Publiée le"].date() == date(2026, 11, 23)
    assert (second["Édition"], second["Décisions"], second["Indicateurs"]) == (2, 0, 3)
    assert second["Empreinte"] == edition.content_hash


def test_short_workbook_has_neither_note_nor_texts_nor_codes(session, opened, decided, tmp_path):
    made = make(session, opened, tmp_path, selection=Selection(is_complete=False))

    header = cells_of(made.path, "Décisions")["Décisions"][0]
    assert {"Note interne", "Textes", "Décision (code)"}.isdisjoint(header)
    assert "Vu avec le rapporteur" not in bytes_of(made.path).decode()


def test_anonymised_workbook_has_published_decisions_without_note(
    session, opened, decided, tmp_path
):
    made = make(session, opened, tmp_path, selection=Selection(is_anonymised=True))

    assert "Vu avec le rapporteur" not in bytes_of(made.path).decode()
    assert [it["État"] for it in records_of(made.path, "Décisions")] == ["publiée"]


def test_package_of_researchers_describes_the_table_and_has_no_note(
    session, opened, decided, tmp_path
):
    made = make(session, opened, tmp_path / "made", Package.RESEARCH)
    with zipfile.ZipFile(made.path) as archive:
        archive.extractall(tmp_path / "out")

    report = frictionless.validate(str(tmp_path / "out" / "datapackage.json"))
    assert report.flatten(["title", "message"]) == []
    listed = json.loads((tmp_path / "out" / "datapackage.json").read_text("utf-8"))
    (table,) = [it for it in listed["resources"] if it["name"] == "decisions"]
    names = [field["name"] for field in table["schema"]["fields"]]
    assert {"Note interne", "Textes"}.isdisjoint(names)
    assert {"decisions.parquet", "editions.parquet"} <= {
        it["path"].lower().replace("é", "e") for it in listed["files"]
    }
    assert b"Vu avec le rapporteur" not in bytes_of(made.path)
    assert b"alix@exemple.fr" not in bytes_of(made.path)
    text = (tmp_path / "out" / "Décisions.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["Remplacée"] for row in rows] == ["0", "1", "0"]


@pytest.mark.parametrize("format", [Format.CSV, Format.ODS])
def test_other_formats_have_the_sheets(session, opened, decided, tmp_path, format):
    made = make(session, opened, tmp_path, format)

    if format is Format.ODS:
        assert ("string", "Places occupées") in ods_of(made.path)["Décisions"][3]
    else:
        with zipfile.ZipFile(made.path) as archive:
            assert "Places occupées" in archive.read("Décisions.csv").decode()
            assert "Version révisée" in archive.read("Éditions.csv").decode()


def test_only_decisions_on_the_selected_measures_are_there(session, opened, decided, tmp_path):
    made = make(session, opened, tmp_path, selection=Selection(frozenset({"T4"})))

    assert [row["Mesure"] for row in records_of(made.path, "Décisions")] == ["T4"]
    assert made.counts.decisions == 1
    assert len(records_of(made.path, "Éditions")) == 1


def test_another_round_has_the_decision_with_its_count_and_not_its_texts(
    session, opened, decided, tmp_path
):
    later = make_round(session, code="tour-2")
    session.commit()

    made = make(session, later, tmp_path)

    published = records_of(made.path, "Décisions")[-1]
    assert (published["Contributions"], published["Textes"]) == (1, None)
    assert "canaris" not in bytes_of(made.path).decode()


def test_text_left_out_by_the_filter_of_agreements_is_not_cited(session, opened, decided, tmp_path):
    made = make(session, opened, tmp_path, selection=Selection(agreement=Agreement.NAMED))

    published = records_of(made.path, "Décisions")[-1]
    assert (published["Contributions"], published["Textes"]) == (1, None)


@pytest.mark.parametrize("is_complete", [True, False])
def test_exact_count_is_only_in_a_workbook_of_the_team(
    session, opened, decided, tmp_path, is_complete
):
    shared = Selection(is_complete=is_complete, is_anonymised=True)
    made = [
        make(session, opened, tmp_path, selection=it)
        for it in (Selection(is_complete=is_complete), shared)
    ]

    has_count = ["Contributions" in records_of(it.path, "Décisions")[-1] for it in made]

    assert has_count == [True, False]
    for workbook in made:
        assert "Ne publiez ni ce classeur ni ses chiffres" in str(readme_of(workbook.path))


def test_package_for_researchers_has_no_exact_count_of_a_decision(
    session, opened, decided, tmp_path
):
    made = make(session, opened, tmp_path, Package.RESEARCH)

    with zipfile.ZipFile(made.path) as package:
        head = package.read("Décisions.csv").decode("utf-8-sig").partition("\n")[0]
    assert head.startswith("Mesure;Indicateur;")
    assert "Contributions" not in head


def test_unread_text_is_not_cited_nor_counted(session, opened, organiser, tmp_path):
    unread = make_text(session, opened, TEXT)
    make_decision(session, organiser, indicator_subject(session), answer_ids=[unread.answer_id])

    made = make(session, opened, tmp_path, screens=False)

    (row,) = records_of(made.path, "Décisions")
    assert (row["Contributions"], row["Textes"]) == (0, None)


def test_long_texts_continue_in_further_columns_uncut(session, opened, organiser, tmp_path):
    reason = "😀" * 20_000
    make_decision(session, organiser, indicator_subject(session), reason={"fr": reason})

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, "Décisions")
    assert row["Raison"] + row["Raison (suite 1)"] == reason


def told_by_files(session, opened, folder):
    """Whether the words of the text are in a workbook, complete, and in the package, made anew.

    And how many contributions the workbook counts.
    """
    made = [
        make(session, opened, folder, format, screens=False)
        for format in (Format.XLSX, Format.CSV, Package.RESEARCH)
    ]
    count = records_of(made[0].path, "Décisions")[-1]["Contributions"]
    return [b"canaris" in bytes_of(it.path) for it in made], count


@pytest.mark.parametrize(
    ("way", "left"), [("withdrawn", 0), ("withheld", 0), ("erased", 0), ("aside", 0), ("masked", 1)]
)
def test_words_that_are_gone_are_in_no_file_made_since(
    session, app, opened, decided, tmp_path, way, left
):
    assert told_by_files(session, opened, tmp_path / "before") == ([True, True, True], 1)

    text = session.get_one(ModeratedText, decided.basis[0].answer_id)
    response = session.get_one(Response, text.answer.response_id)
    if way == "withdrawn":
        with writing(session):
            response.withdrawn_at = now()
    elif way == "erased":
        home = app.config["HOME"]
        with writing(session):
            erasure.erase(session, response.respondent_id, Wish(texts=True), now(), home=home)
    else:
        moderate(session, Colleague(session, make_actor(session, "relecture")), text, way)

    assert told_by_files(session, opened, tmp_path / "after") == ([False, False, False], left)


def moderate(session, colleague, text, way):
    if way == "withheld":
        colleague.decide(text, Verdict.WITHHOLD)
    elif way == "masked":
        colleague.mask(text, range_of(TEXT, "canaris"))
    else:
        response = session.get_one(Response, text.answer.response_id)
        with writing(session):
            excluded_responses.set_aside(
                Work(session, colleague.actor, now()), response.public_id, AsideReason.OUT_OF_SCOPE
            )
