"""The codebook explains every column of every sheet, in the words that were asked."""

import pytest

from consultation.questionnaires.models import Option, Question
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from tests.exports.builders import SENT, respond, reword
from tests.exports.reading import cells_of, make, records_of
from tests.exports.workbook.test_workbook import SHEETS
from tests.factories import make_measure, make_round
from tests.questionnaires.outline_builders import CONDITIONAL


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def entries(path, sheet, code):
    return [
        row
        for row in records_of(path, "Dictionnaire")
        if (row["Feuille"], row["Variable"]) == (sheet, code)
    ]


def test_every_column_of_every_sheet_is_explained(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "reason"): "Parce que."})

    made = make(session, opened, tmp_path)

    cells = cells_of(made.path)
    explained = {(row["Feuille"], row["Colonne"]) for row in records_of(made.path, "Dictionnaire")}
    columns = {(sheet, header) for sheet in SHEETS[2:-1] for header in cells[sheet][0]}
    assert columns == explained


def test_question_is_told_in_full_with_its_options(session, opened, tmp_path):
    store.change(session, opened, lambda _before: CONDITIONAL, SENT)
    publish.publish_outline(session, opened, SENT)
    made = make(session, opened, tmp_path)

    (stance,) = entries(made.path, "Avis", "stance")
    assert stance["Question ou définition"] == "Que faire de cet indicateur ?"
    assert stance["Nature"] == "liste (choix unique)"
    assert stance["Réponses proposées"].startswith("keep = Le garder ; amend = Le reformuler")
    assert stance["Versions du questionnaire"] == "1 : T7, T8 ; 2 : T7, T8"
    (relevance,) = entries(made.path, "Avis", "relevance")
    assert relevance["Réponses proposées"] == (
        "de 1 (pas du tout) à 9 (tout à fait) ; au milieu : en partie ; none = je ne sais pas"
    )
    *_older, wording = entries(made.path, "Textes", "proposed_wording")
    assert wording["Condition"] == "posée seulement si stance vaut amend ou replace"
    (consent,) = entries(made.path, "Contributions", "consent_named")
    assert consent["Question ou définition"] == "Accord pour une citation avec le nom"
    assert consent["Nature"] == "oui ou non"


def test_every_free_text_question_has_its_entry(session, opened, tmp_path):
    made = make(session, opened, tmp_path)

    texts = {
        row["Variable"]
        for row in records_of(made.path, "Dictionnaire")
        if row["Feuille"] == "Textes" and row["Colonne"] == "Texte"
    }
    assert {"reason", "source", "missing_indicator", "suggestions", "tool_useful"} <= texts
    assert not {"name", "email", "organisation"} & texts


def test_each_version_that_asked_is_named(session, opened, tmp_path):
    reword(session, opened, "T7.1", "Places ouvertes")

    made = make(session, opened, tmp_path)

    (stance,) = entries(made.path, "Avis", "stance")
    assert stance["Versions du questionnaire"] == "1 : T7, T8 ; 2 : T7"


def test_reworded_question_has_an_entry_for_each_wording(session, opened, tmp_path):
    reword(session, opened, "T7.1", "Places ouvertes")
    latest = session.query(Question).filter_by(code="standing").order_by(Question.id.desc()).first()
    latest.label = {"fr": "Où en est-on ?"}
    session.flush()

    made = make(session, opened, tmp_path)

    labels = [
        (row["Question ou définition"], row["Versions du questionnaire"])
        for row in entries(made.path, "Contributions", "standing")
    ]
    assert labels == [
        ("D'après votre expérience, où en est cette mesure ?", "1 : T7, T8"),
        ("Où en est-on ?", "2 : T7"),
    ]


def test_reworded_option_has_its_last_wording_in_the_sheets(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})
    reword(session, opened, "T7.1", "Places ouvertes")
    option = session.query(Option).filter_by(code="done").order_by(Option.id.desc()).first()
    option.label = {"fr": "Faite"}
    session.flush()

    made = make(session, opened, tmp_path)

    labels = [row["Réponses proposées"] for row in entries(made.path, "Contributions", "standing")]
    assert ["done = Réalisée" in options for options in labels] == [True, False]
    assert ["done = Faite" in options for options in labels] == [False, True]
    assert records_of(made.path, "Contributions")[0]["Où en est la mesure"] == "Faite"


def test_many_forms_are_counted_rather_than_named(session, tmp_path):
    for number in range(9):
        make_measure(session, f"M{number}", indicators=1)
    opened = make_round(session)
    publish.publish(session, opened, SENT)

    made = make(session, opened, tmp_path)

    (stance,) = entries(made.path, "Avis", "stance")
    assert stance["Versions du questionnaire"] == "1 : 9 formulaires"
