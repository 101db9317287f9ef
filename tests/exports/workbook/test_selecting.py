"""What a workbook holds of a round when only a part of it is asked for."""

from datetime import date

import pytest

from consultation.exports.selection import TOOL, Agreement, Selection
from tests.exports.builders import respond
from tests.exports.reading import cells_of, make, readme_of, records_of
from tests.factories import make_measure, make_round

ANSWERS = {("T7.1", "stance"): "keep", "suggestions": "Mieux."}


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def measures_in(made, sheet="Contributions"):
    return [record["Mesure"] for record in records_of(made.path, sheet)]


def test_workbook_of_one_measure_holds_that_measure_only(session, opened, tmp_path):
    respond(session, opened, "T7", ANSWERS)
    respond(session, opened, "T8", {"suggestions": "Autre."})

    made = make(session, opened, tmp_path, selection=Selection(frozenset({"T7"})))

    assert measures_in(made) == ["T7"]
    assert measures_in(made, "Textes") == ["T7"]
    assert measures_in(made, "Synthèse") == ["T7"]
    assert {code.split(".")[0] for code in indicators_in(made)} == {"T7"}
    assert (made.counts.received, made.counts.included) == (1, 1)


def indicators_in(made):
    return [record["Indicateur"] for record in records_of(made.path, "Indicateurs")]


def test_tool_as_a_whole_can_be_asked_for_alone(session, opened, tmp_path):
    respond(session, opened, "T7", ANSWERS)
    respond(session, opened, None, {"tool_useful": "Tout."})

    made = make(session, opened, tmp_path, selection=Selection(frozenset({TOOL})))

    assert measures_in(made) == [TOOL]
    assert made.counts.received == 1


def test_who_did_not_agree_is_counted_as_left_out_everywhere(session, opened, tmp_path):
    quoted = respond(session, opened, "T7", ANSWERS)
    quoted.respondent.consent_anonymous = True
    respond(session, opened, "T7", ANSWERS)

    made = make(session, opened, tmp_path, selection=Selection(agreement=Agreement.QUOTED))

    receipts = {record["Numéro de dépôt"] for record in records_of(made.path, "Textes")}
    assert receipts == {quoted.receipt_code}
    assert (made.counts.received, made.counts.included, made.counts.left_out) == (2, 1, 1)
    assert made.counts.texts_received == 1
    assert stances_of(made, "T7.1") == 1
    assert readme_of(made.path)["dont écartées par le filtre des accords"] == 1


def stances_of(made, code):
    [record] = [r for r in records_of(made.path, "Indicateurs") if r["Indicateur"] == code]
    return sum(value for header, value in record.items() if header.startswith("Avis : "))


ANONYMISED = Selection(is_anonymised=True)


def everything_in(made):
    return [cell for rows in cells_of(made.path).values() for row in rows for cell in row]


def test_anonymised_workbook_holds_no_receipt_organisation_channel_or_language(
    session, opened, tmp_path
):
    known = respond(session, opened, "T7", ANSWERS, organisation="Maison des Lilas", locale="en")

    made = make(session, opened, tmp_path, selection=ANONYMISED)

    [record] = records_of(made.path, "Contributions")
    assert known.receipt_code not in everything_in(made)
    assert "Maison des Lilas" not in everything_in(made)
    for header in ("Organisation", "Voie", "Langue", "Révision", "Déposée le", "Numéro de dépôt"):
        assert header not in record
    assert all("Langue" not in text for text in records_of(made.path, "Textes"))
    assert record["Qualité"] is not None
    assert made.path.name.startswith("consultation-tour-1-anonymise-2026-11-24")


def test_numbers_of_an_anonymised_workbook_tie_its_sheets_together(session, opened, tmp_path):
    respond(session, opened, "T8", {"suggestions": "Huit."})
    respond(session, opened, "T7", ANSWERS)

    made = make(session, opened, tmp_path, selection=ANONYMISED)

    by_number = {r["Numéro"]: r["Mesure"] for r in records_of(made.path, "Contributions")}
    texts = {r["Numéro"]: r["Texte"] for r in records_of(made.path, "Textes")}
    assert by_number == {1: "T8", 2: "T7"}
    assert texts == {1: "Huit.", 2: "Mieux."}
    assert [r["Numéro"] for r in records_of(made.path, "Avis")] == [2]


def test_anonymised_workbook_says_the_week_and_that_it_does(session, opened, tmp_path):
    respond(session, opened, "T7", ANSWERS)  # a Friday

    made = make(session, opened, tmp_path, selection=ANONYMISED)

    [record] = records_of(made.path, "Contributions")
    explained = {
        r["Colonne"]: r["Question ou définition"] for r in records_of(made.path, "Dictionnaire")
    }
    assert record["Semaine du dépôt"].date() == date(2026, 11, 16)
    assert explained["Semaine du dépôt"].startswith("Lundi de la semaine")
    assert "ne mène à personne" in explained["Numéro"]
    assert "relisez avant de transmettre" in readme_of(made.path)["Anonymisé"]


def test_workbook_in_english_tells_labels_in_english_and_headers_in_french(
    session, opened, tmp_path
):
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"}, capacity="justice")

    made = make(session, opened, tmp_path, selection=Selection(locale="en"))

    [opinion] = records_of(made.path, "Avis")
    labels = {
        r["Variable"]: r["Question ou définition"] for r in records_of(made.path, "Dictionnaire")
    }
    assert opinion["Avis"] == "Keep it"
    assert opinion["Mesure"] == "T7"
    assert labels["relevance"].startswith("Does it help")
    assert "libellés en anglais" in readme_of(made.path)["Filtres"]


def test_what_is_not_translated_stays_in_french(session, tmp_path):
    make_measure(session, "T7").title = {"fr": "Hébergement spécialisé"}
    opened = make_round(session)
    respond(session, opened, "T7", ANSWERS)

    made = make(session, opened, tmp_path, selection=Selection(locale="en"))

    [record] = records_of(made.path, "Contributions")
    assert record["Intitulé"] == "Hébergement spécialisé"


def test_filters_are_told_in_the_workbook_and_its_manifest(session, opened, tmp_path):
    selection = Selection(frozenset({"T7", TOOL}), Agreement.NAMED, is_anonymised=True)

    made = make(session, opened, tmp_path, selection=selection)

    filters = readme_of(made.path)["Filtres"]
    assert "(outil), T7" in filters
    assert "acceptent qu'on les cite avec leur nom" in filters
    assert "sans organisation ni numéro de dépôt" in filters
    assert made.manifest["filters"] == {"round": "tour-1"} | selection.as_json()
