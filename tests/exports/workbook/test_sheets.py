"""The data sheets, cell by cell."""

from datetime import UTC, date, datetime

import pytest

from consultation.exports.workbook import frames
from consultation.exports.workbook.sheets import texts
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.publication import publish
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Channel
from tests.exports.builders import SENT, add_question, form_of, respond, reword
from tests.exports.reading import make, records_of
from tests.factories import make_measure, make_round


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8", "Formation")
    return make_round(session)


def test_summary_has_a_row_for_each_measure_and_one_for_the_tool(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "started"})
    respond(session, opened, "T7", {"standing": "started"}, capacity="police")
    respond(session, opened, None, {"tool_method": 3})

    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Synthèse")
    assert [row["Mesure"] for row in rows] == ["T7", "T8", "(outil)"]
    assert [row["Intitulé"] for row in rows] == [
        "Hébergement spécialisé",
        "Formation",
        "L'ensemble des indicateurs",
    ]
    assert [row["Axe"] for row in rows] == ["Thèmes du suivi", "Thèmes du suivi", None]
    assert [row["Contributions"] for row in rows] == [2, 0, 1]
    assert [row["Qualité : Justice"] for row in rows] == [1, 0, 1]
    assert [row["Qualité : Police ou gendarmerie"] for row in rows] == [1, 0, 0]
    assert [row["Où en est la mesure : Engagée"] for row in rows] == [2, 0, 0]


def test_measure_of_a_closed_form_keeps_its_row(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "started"})
    form_of(session, opened, "T7").measure.retired_at = SENT
    session.flush()
    publish.publish(session, opened, SENT)

    made = make(session, opened, tmp_path)

    assert [row["Contributions"] for row in records_of(made.path, "Synthèse")] == [1, 0, 0]


def test_unstated_capacity_has_a_column_when_it_occurs(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "started"}, capacity=NO_CAPACITY)

    made = make(session, opened, tmp_path)

    assert records_of(made.path, "Synthèse")[0]["Qualité : Non précisée"] == 1
    assert records_of(made.path, "Contributions")[0]["Qualité"] == "Non précisée"


def test_indicator_row_tells_stances_and_statistics(session, opened, tmp_path):
    for stance, relevance in [("keep", 2), ("keep", 9), ("amend", "none"), ("none", 8)]:
        respond(
            session,
            opened,
            "T7",
            {("T7.1", "stance"): stance, ("T7.1", "relevance"): relevance},
        )

    made = make(session, opened, tmp_path)

    first, second, *_ = records_of(made.path, "Indicateurs")
    assert (first["Mesure"], first["Indicateur"], first["Versions montrées"]) == ("T7", "T7.1", "1")
    assert first["Libellé"] == "Places réservées (T7.1)"
    assert first["Avis : Le garder"] == 2
    assert first["Avis : Le reformuler"] == 1
    assert first["Avis : Je ne sais pas"] == 1
    assert first["Pertinence : nombre de notes"] == 3
    assert first["Pertinence : je ne sais pas"] == 1
    assert first["Pertinence : médiane"] == 8
    assert first["Pertinence : premier quartile"] == 5
    assert first["Pertinence : troisième quartile"] == 8.5
    assert first["Pertinence : écart interquartile"] == 3.5
    assert first["Pertinence : part des notes 7 à 9"] == 0.6667
    assert first["Faisabilité : nombre de notes"] == 0
    assert first["Faisabilité : médiane"] is None
    assert second["Avis : Le garder"] == 0


def test_versions_of_an_indicator_share_a_row_under_the_one_most_answered(
    session, opened, tmp_path
):
    respond(session, opened, "T7", {("T7.1", "relevance"): 4})
    reword(session, opened, "T7.1", "Places ouvertes, par région")
    respond(session, opened, "T7", {("T7.1", "relevance"): 6})

    made = make(session, opened, tmp_path)

    row = records_of(made.path, "Indicateurs")[0]
    assert row["Libellé"] == "Places réservées (T7.1)"  # of as many answers, the earlier one
    assert row["Versions montrées"] == "1, 2"
    assert row["Pertinence : médiane"] == 5
    opinions = records_of(made.path, "Avis")
    assert [row["Version de l'indicateur"] for row in opinions] == [1, 2]
    contributions = records_of(made.path, "Contributions")
    assert [row["Version du questionnaire"] for row in contributions] == [1, 2]
    summary = records_of(made.path, "Synthèse")
    assert [row["Mesure"] for row in summary] == ["T7", "T8", "(outil)"]
    assert summary[0]["Contributions"] == 2


def test_opinion_has_a_row_for_each_answered_indicator(session, opened, tmp_path):
    response = respond(
        session,
        opened,
        "T7",
        {
            ("T7.1", "stance"): "replace",
            ("T7.1", "relevance"): 7,
            ("T7.1", "feasibility"): "none",
            ("T7.2", "reason"): "Un texte, et rien d'autre.",
        },
        territory="corse",
    )
    respond(session, opened, "T8", {"standing": "done"})

    made = make(session, opened, tmp_path)

    first, second = records_of(made.path, "Avis")
    assert first == {
        "Numéro de dépôt": response.receipt_code,
        "Mesure": "T7",
        "Indicateur": "T7.1",
        "Version de l'indicateur": 1,
        "Qualité": "Justice",
        "Territoire": "Corse",
        "Avis": "Le remplacer",
        "Avis (code)": "replace",
        "Pertinence": 7,
        "Pertinence : je ne sais pas": False,
        "Faisabilité": None,
        "Faisabilité : je ne sais pas": True,
    }
    assert second["Indicateur"] == "T7.2"
    assert {second["Avis"], second["Pertinence"], second["Pertinence : je ne sais pas"]} == {None}
    assert "Un texte" not in str([first, second])


def test_contribution_row_says_who_answers_on_what(session, opened, tmp_path):
    response = respond(
        session,
        opened,
        "T8",
        {"standing": "partly"},
        capacity="citizen",
        organisation="Œuvre « L'Étape »",
        territory="ile_de_france",
        consent_anonymous=True,
        locale="en",
        channel=Channel.MAIL,
        at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
    )

    made = make(session, opened, tmp_path)

    row = records_of(made.path, "Contributions")[0]
    assert row["Numéro de dépôt"] == response.receipt_code
    assert row["Déposée le"] == datetime(2026, 11, 21)  # noqa: DTZ001 - a cell's day, in Paris
    assert (row["Mesure"], row["Intitulé"]) == ("T8", "Formation")
    assert (row["Version du questionnaire"], row["Révision"]) == (1, 1)
    assert (row["Qualité"], row["Qualité (code)"]) == ("Citoyenne ou citoyen", "citizen")
    assert (row["Territoire"], row["Territoire (code)"]) == ("Île-de-France", "ile_de_france")
    assert row["Organisation"] == "Œuvre « L'Étape »"
    assert row["Accord pour un contact"] is False
    assert row["Accord pour une citation sans nom"] is True
    assert (row["Voie"], row["Répondant"], row["Langue"]) == ("courriel", "non vérifié", "anglais")
    assert row["Où en est la mesure"] == "Partiellement réalisée"
    assert row["Où en est la mesure (code)"] == "partly"


def test_text_row_says_to_which_question_it_answers(session, opened, tmp_path):
    answers = {
        ("T7.2", "reason"): "Parce que.",
        ("T7.1", "source"): "Un rapport",
        "suggestions": "Rien.",
    }
    response = respond(session, opened, "T7", answers)
    respond(session, opened, None, {"tool_missing": "Un peu."})

    made = make(session, opened, tmp_path)

    rows = [list(row.values()) for row in records_of(made.path, "Textes")]
    common = ["non relu", None, "Justice", "français", None]
    added = "Que souhaitez-vous ajouter ?"
    assert [row[0] for row in rows[:3]] == [response.receipt_code] * 3
    assert [row[1:] for row in rows[:3]] == [
        ["T7", "T7.1", "source", "Où trouver les données ?", "Un rapport", *common],
        ["T7", "T7.2", "reason", "Pourquoi ?", "Parce que.", *common],
        ["T7", None, "suggestions", added, "Rien.", *common],
    ]
    assert rows[3][1:4] == ["(outil)", None, "tool_missing"]


def test_text_too_long_for_a_cell_goes_on_in_the_next(session, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "PART", 10)
    respond(session, opened, "T7", {"suggestions": "abcdefghijKLMNOPQRSTuv"})
    respond(session, opened, "T7", {"suggestions": "court"})

    made = make(session, opened, tmp_path)

    long, short = records_of(made.path, "Textes")
    assert [long["Texte"], long["Texte (suite 1)"], long["Texte (suite 2)"]] == [
        "abcdefghij",
        "KLMNOPQRST",
        "uv",
    ]
    assert [short["Texte"], short["Texte (suite 1)"]] == ["court", None]


def test_longest_text_is_never_cut(session, opened, tmp_path):
    text = "\U0001f4a7" * 40_000
    respond(session, opened, "T7", {"suggestions": text})

    made = make(session, opened, tmp_path)

    row = records_of(made.path, "Textes")[0]
    parts = [value for header, value in row.items() if header.startswith("Texte") and value]
    assert "".join(parts) == text


def test_every_kind_of_question_has_its_typed_columns(session, opened, tmp_path):
    form = form_of(session, opened, "T7")
    add_question(session, form, "ready", QuestionKind.YES_NO, "yes", "no")
    add_question(session, form, "places", QuestionKind.NUMBER)
    add_question(session, form, "since", QuestionKind.DATE)
    add_question(session, form, "means", QuestionKind.MULTIPLE_CHOICE, "law", "money", "people")
    respond(
        session,
        opened,
        "T7",
        {"ready": "no", "places": 3.5, "since": date(2026, 2, 3), "means": ["money", "law"]},
    )
    respond(session, opened, "T7", {"ready": "yes", "places": 0})
    respond(session, opened, "T8", {"standing": "done"})

    made = make(session, opened, tmp_path)

    first, second, third = records_of(made.path, "Contributions")
    columns = ["ready", "places", "since", "means : Law", "means : Money", "means : People"]
    assert [first[f"Question {column}"] for column in columns] == [
        False,
        3.5,
        datetime(2026, 2, 3),  # noqa: DTZ001 - a cell's day
        True,
        True,
        False,
    ]
    assert [second[f"Question {column}"] for column in columns] == [True, 0, None, None, None, None]
    assert [third[f"Question {column}"] for column in columns] == [None] * 6


def test_two_questions_with_one_label_have_two_headers(session, opened, tmp_path):
    form = form_of(session, opened, "T7")
    add_question(session, form, "one", QuestionKind.NUMBER, label="Combien ?")
    add_question(session, form, "two", QuestionKind.NUMBER, label="Combien ?")
    respond(session, opened, "T7", {"one": 1, "two": 2})

    made = make(session, opened, tmp_path)

    row = records_of(made.path, "Contributions")[0]
    assert (row["Combien ?"], row["Combien ? (two)"]) == (1, 2)


def test_responses_are_read_in_parts_and_none_is_lost(session, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "WINDOW", 3)
    answers = {("T7.1", "stance"): "keep", "suggestions": "Oui.", "standing": "done"}
    receipts = [respond(session, opened, "T7", answers).receipt_code for _ in range(8)]

    made = make(session, opened, tmp_path)

    for sheet in ("Avis", "Contributions", "Textes"):
        rows = records_of(made.path, sheet)
        assert [row["Numéro de dépôt"] for row in rows] == receipts
