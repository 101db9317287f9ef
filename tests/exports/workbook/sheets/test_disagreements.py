"""What the workbook says of disagreement: IPRAS beside the notes, and a sheet of its own."""

import pytest

from consultation.responses.models import Standing
from tests.exports.builders import respond
from tests.exports.reading import make, records_of
from tests.factories import make_measure, make_round


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=3)
    return make_round(session)


def rate(session, opened, notes, indicator="T7.1", question="relevance", **respondent):
    for note in notes:
        respond(session, opened, "T7", {(indicator, question): note}, **respondent)


def indicator_row(made, code="T7.1"):
    return next(r for r in records_of(made.path, "Indicateurs") if r["Indicateur"] == code)


def test_notes_of_an_indicator_have_their_ipr_ipras_and_sentence(session, opened, tmp_path):
    rate(session, opened, [1, 1, 1, 1, 5, 9, 9, 9, 9, 9])

    made = make(session, opened, tmp_path)

    row = indicator_row(made)
    assert row["Pertinence : IPR 30-70"] == 8
    # 30th and 70th percentiles 1 and 9: their middle is 5, and nothing is added to 2.35.
    assert row["Pertinence : IPRAS"] == 2.35
    assert row["Pertinence : désaccord"] is True
    assert row["Pertinence : en mots"] == "Avis opposés sur sa pertinence"
    assert row["Faisabilité : IPRAS"] is None
    assert row["Faisabilité : en mots"] == "Aucune note : il en faut 9 pour conclure"


def test_below_nine_notes_nothing_is_concluded(session, opened, tmp_path):
    rate(session, opened, [1, 1, 1, 1, 9, 9, 9, 9])

    made = make(session, opened, tmp_path)

    row = indicator_row(made)
    assert row["Pertinence : désaccord"] is None
    assert row["Pertinence : en mots"] == "Il manque 1 note pour conclure"
    assert records_of(made.path, "Désaccords") == []


def test_invited_people_and_the_others_are_told_apart(session, opened, tmp_path):
    rate(session, opened, [8, 9], standing=Standing.INVITED)
    rate(session, opened, [2], standing=Standing.CONFIRMED)
    rate(session, opened, [1, 3], standing=Standing.UNVERIFIED)

    made = make(session, opened, tmp_path)

    row = indicator_row(made)
    invited, others = "Pertinence, invités", "Pertinence, autres"
    assert (row[f"{invited} : nombre de notes"], row[f"{invited} : médiane"]) == (2, 8.5)
    assert row[f"{invited} : part des notes 7 à 9"] == 1
    assert (row[f"{others} : nombre de notes"], row[f"{others} : médiane"]) == (3, 2)


def test_organisation_has_one_voice_beside_all_voices(session, opened, tmp_path):
    rate(session, opened, [9, 9, 9, 9], organisation="Étape")
    rate(session, opened, [2])

    made = make(session, opened, tmp_path)

    row = indicator_row(made)
    assert row["Pertinence : nombre de notes"] == 5
    group = "Pertinence, une voix par organisation"
    assert (row[f"{group} : nombre de notes"], row[f"{group} : médiane"]) == (2, 5.5)


def test_disagreements_are_listed_the_strongest_first(session, opened, tmp_path):
    rate(session, opened, [1, 1, 1, 2, 5, 7, 8, 8, 8], indicator="T7.1")
    rate(session, opened, [1, 1, 1, 1, 1, 9, 9, 9, 9], indicator="T7.2", question="feasibility")
    rate(session, opened, [8] * 9, indicator="T7.3")

    made = make(session, opened, tmp_path)

    first, second = records_of(made.path, "Désaccords")
    assert (first["Indicateur"], first["Question"]) == ("T7.2", "Faisabilité")
    assert (second["Indicateur"], second["Question"]) == ("T7.1", "Pertinence")
    assert first["Force"] > second["Force"] > 1
    assert first["Désaccord"] == "notes dispersées"
    assert (first["En mots"], second["En mots"]) == (
        "Avis opposés sur la façon de le mesurer",
        "Avis opposés sur sa pertinence",
    )
    assert (first["Nombre de notes"], first["Part des notes 1 à 3"]) == (9, 0.5556)
    assert first["Force"] == round(first["IPR 30-70"] / first["IPRAS"], 4)


def test_two_capacities_that_contradict_each_other_are_named(session, opened, tmp_path):
    rate(session, opened, [8] * 9, capacity="justice")
    rate(session, opened, [2] * 9, capacity="police")

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, "Désaccords")
    assert row["Désaccord"] == "qualités opposées"
    assert row["Qualité plutôt pour"] == "Justice"
    assert row["Qualité plutôt contre"] == "Police ou gendarmerie"
    assert "Justice" in row["En mots"]
    assert "plutôt contre" in row["En mots"]
