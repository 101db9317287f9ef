"""Sheets « Valeurs » and « Jugements »: what indicators were worth, and how far the plan is."""

import json
import zipfile
from datetime import date

import frictionless
import pytest

from consultation.accounts.models import Role
from consultation.clock import in_paris, now
from consultation.exports.selection import Selection
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import Assessor, Level, MeasuredAs, MeasureStatus
from consultation.plan.values import overrides
from consultation.plan.values import workbook as values_workbook
from consultation.plan.values.models import MissingBecause, Progress, Reporter, Showing, SourceKind
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format, Package
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.exports.reading import bytes_of, cells_of, make, readme_of, records_of
from tests.factories import make_round
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import (
    make_measured_indicator,
    make_public_value,
    make_value,
    publish_as,
    redefine,
)

ANONYMISED = Selection(is_anonymised=True)


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


@pytest.fixture
def opened(session, indicator):
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def valued(session, indicator, organiser):
    """A published value, one that is small, one that waits, and one that is missing."""
    make_public_value(
        session, organiser, indicator, 1234.5, covers="Métropole", source="Enquête",
        source_url="https://a.fr/", source_kind=SourceKind.SURVEY, note="Vu avec Camille.",
    )  # fmt: skip
    make_public_value(session, organiser, indicator, 3.0, reported_by=Reporter.COLLECTIVE)
    make_value(session, organiser, indicator, 77.0, reported_by=Reporter.RAPPORTEUR)
    make_value(
        session, organiser, indicator, None, point=None, day=date(2026, 6, 30), observed_on="",
        missing_because=MissingBecause.REFUSED,
    )  # fmt: skip
    return indicator


def test_each_value_has_its_row_beside_the_plan(session, opened, valued, tmp_path):
    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Valeurs")
    assert [row["Valeur"] for row in rows] == [None, 1234.5, 3, 77]
    assert rows[1] == {
        "Mesure": "T7",
        "Indicateur": "T7.1",
        "Intitulé": "Places réservées (T7.1)",
        "Unité": rows[1]["Unité"],
        "Type de valeur": "nombre",
        "Départ (plan)": "100 (2024)",
        "Cible à mi-parcours (plan)": None,
        "Cible de fin (plan)": "200 (2027)",
        "Série": 1,
        "Échéance": "mi-parcours",
        "Échéance (code)": "midterm",
        "Jour": None,
        "Valeur": 1234.5,
        "Valeur en toutes lettres": "1234,5",
        "Valeur manquante": None,
        "Valeur manquante (code)": None,
        "Date de la valeur": "2026",
        "Couvre": "Métropole",
        "Qui la donne": "État",
        "Qui la donne (code)": "state",
        "Organisation": None,
        "Source": "Enquête",
        "Lien": "https://a.fr/",
        "Sorte de source": "enquête",
        "Sorte de source (code)": "survey",
        "Publiée": True,
        "Petits nombres": "aucune",
        "Note interne": "Vu avec Camille.",
    }
    assert (rows[0]["Valeur manquante"], rows[0]["Jour"].date()) == ("refusé", date(2026, 6, 30))
    assert [row["Publiée"] for row in rows] == [False, True, True, False]


def test_anonymised_workbook_has_published_values_and_no_small_one(
    session, opened, valued, tmp_path
):
    made = make(session, opened, tmp_path, selection=ANONYMISED)

    rows = records_of(made.path, "Valeurs")
    assert [(row["Valeur"], row["Valeur en toutes lettres"]) for row in rows] == [
        (1234.5, "1234,5"), (None, "moins de 11"),
    ]  # fmt: skip
    assert "Vu avec Camille" not in bytes_of(made.path).decode()
    assert (made.counts.values, made.counts.values_public) == (2, 2)


def test_anonymised_workbook_shows_values_as_the_public_sees_them(
    session, opened, indicator, organiser, tmp_path
):
    for showing, number in ((Showing.SMALL, 3.0), (Showing.HELD_BACK, 9.0)):
        publish_as(session, organiser, make_value(session, organiser, indicator, number), showing)

    rows = records_of(make(session, opened, tmp_path, selection=ANONYMISED).path, "Valeurs")

    assert [(row["Valeur"], row["Valeur en toutes lettres"]) for row in rows] == [
        (None, "petit nombre (seuil inconnu)"), (None, "non montré"),
    ]  # fmt: skip


def test_figures_of_the_first_sheet_and_the_manifest_add_up(
    session, opened, valued, organiser, tmp_path
):
    other = make_measured_indicator(session, "T8")
    make_value(session, organiser, other)

    made = make(session, opened, tmp_path, selection=Selection(frozenset({"T7"})))

    readme, counts = readme_of(made.path), made.manifest["counts"]
    assert readme["Valeurs des indicateurs de ces mesures"] == counts["values"] == 4
    assert readme["dont publiées"] == counts["values_public"] == 2
    assert made.manifest["rows"]["Valeurs"] == 4
    assert made.manifest["rows"]["Jugements"] == counts["indicators"] == 1


def test_series_are_told_apart(session, opened, indicator, organiser, tmp_path):
    make_value(session, organiser, indicator)
    redefine(session, indicator, Measurement(MeasuredAs.LEVEL, None, Figure("nulle part")))
    make_value(session, organiser, indicator, "partout")

    rows = records_of(make(session, opened, tmp_path).path, "Valeurs")

    assert [(row["Série"], row["Valeur"], row["Valeur en toutes lettres"]) for row in rows] == [
        (1, 150, "150"), (2, None, "partout"),
    ]  # fmt: skip
    assert [row["Départ (plan)"] for row in rows] == ["100 (2024)", "nulle part"]


@pytest.fixture
def judged(session, valued, organiser):
    for assessor, day, level in (
        (Assessor.STATE, date(2025, 1, 1), Level.ENGAGED),
        (Assessor.STATE, date(2026, 6, 1), Level.DONE),
        (Assessor.COLLECTIVE, date(2026, 6, 2), Level.PARTLY_DONE),
    ):
        session.add(
            MeasureStatus(
                measure_id=valued.measure_id, assessor=assessor, assessed_on=day, level=level,
                evidence={"fr": "Vu.", "en": "Seen."}, source_url="https://a.fr/",
            )
        )  # fmt: skip
    session.commit()
    return valued


def test_judgements_come_with_their_judge_and_words_with_their_rule(
    session, opened, judged, organiser, tmp_path
):
    rows = records_of(make(session, opened, tmp_path).path, "Jugements")

    assert [(row["Qui juge"], row["Jugement"], row["Dernier"]) for row in rows[:3]] == [
        ("État", "engagée", False),
        ("État", "réalisée", True),
        ("Collectif", "partiellement réalisée", True),
    ]
    assert rows[0]["Date"].date() == date(2025, 1, 1)
    assert (rows[0]["Éléments"], rows[0]["Éléments (anglais)"]) == ("Vu.", "Seen.")
    word = rows[3]
    assert (word["Indicateur"], word["Sorte"]) == ("T7.1", "mot sur l'indicateur")
    assert word["Règle"]
    assert word["Raison"] is None


def test_persons_word_comes_with_what_the_rule_says(session, opened, judged, organiser, tmp_path):
    at = now()
    overrides.override(
        Work(session, organiser, at), judged, Progress.LATE, "Le décret manque.", seen_id=None
    )
    session.commit()

    word = records_of(make(session, opened, tmp_path).path, "Jugements")[-1]

    assert (word["Jugement"], word["Raison"]) == ("en retard", "Le décret manque.")
    assert word["Date"].date() == in_paris(at).date()


def test_package_of_researchers_describes_both_tables(session, opened, judged, tmp_path):
    made = make(session, opened, tmp_path / "made", Package.RESEARCH)
    with zipfile.ZipFile(made.path) as archive:
        archive.extractall(tmp_path / "out")

    report = frictionless.validate(str(tmp_path / "out" / "datapackage.json"))
    assert report.flatten(["title", "message"]) == []
    listed = json.loads((tmp_path / "out" / "datapackage.json").read_text("utf-8"))
    assert {"valeurs", "jugements"} <= {it["name"] for it in listed["resources"]}
    assert b"Vu avec Camille" not in bytes_of(made.path)


def test_one_number_is_the_same_on_page_in_file_and_in_workbook(
    app, session, opened, valued, tmp_path
):
    values_workbook.write(session, tmp_path / "valeurs.ods", Format.ODS)
    header, *rows = read_workbook(tmp_path / "valeurs.ods").sheets["Valeurs"]
    in_file = [row[header.index("Valeur")] for row in rows]
    made = make(session, opened, tmp_path)
    in_workbook = [row["Valeur"] for row in records_of(made.path, "Valeurs")]
    header, *rows = cells_of(made.path, "Dictionnaire")["Dictionnaire"]
    page = signed_in(app, session, "lou@association.fr", Role.ORGANISER).get(
        "/organisation/valeurs/T7.1"
    )

    assert in_workbook[1] == 1234.5
    assert in_file[1] == "1234,5"
    assert "<b>1234,5</b>" in text_of(page)
    assert ("Valeurs", "Valeur") in {(row[0], row[1]) for row in rows}
