"""Answers given under two versions of a question are counted together, by its code."""

from dataclasses import replace

import pytest

from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.structure import OutlineOption
from consultation.questionnaires.publication import publish as publication_publish
from tests.exports.builders import SENT, respond
from tests.exports.reading import cells_of, make, records_of
from tests.factories import make_measure, make_round
from tests.questionnaires.publishing_builders import (
    changed,
    make_question,
    options,
    with_question,
    without,
)


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def publish(session, opened, edit):
    store.change(session, opened, edit, SENT)
    publication_publish.publish_outline(session, opened, SENT)
    session.flush()


def entries(path, sheet, code):
    return [
        row
        for row in records_of(path, "Dictionnaire")
        if (row["Feuille"], row["Variable"]) == (sheet, code)
    ]


def corrected(outline):
    """The question on where a measure stands, with better words and one more option."""
    question = outline.question("standing")
    halted = OutlineOption("halted", {"fr": "Interrompue"})
    return changed(
        outline, "standing", label={"fr": "Où en est-on ?"}, options=(*question.options, halted)
    )


def test_answers_to_two_versions_stand_in_one_column_by_code(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})
    publish(session, opened, corrected)
    respond(session, opened, "T7", {"standing": "halted"})
    respond(session, opened, "T8", {"standing": "done"}, version=1)

    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Contributions")
    assert [
        (row["Mesure"], row["Version du questionnaire"], row["Où en est la mesure"])
        for row in sorted(rows, key=lambda row: (row["Mesure"], row["Version du questionnaire"]))
    ] == [("T7", 1, "Réalisée"), ("T7", 2, "Interrompue"), ("T8", 1, "Réalisée")]
    header = cells_of(made.path, "Contributions")["Contributions"][0]
    codes = [cell for cell in header if "(code)" in str(cell)]
    assert codes.count("Où en est la mesure (code)") == 1


def test_codebook_knows_every_option_and_names_the_versions(session, opened, tmp_path):
    publish(session, opened, corrected)

    made = make(session, opened, tmp_path)

    first, second = entries(made.path, "Contributions", "standing")
    assert first["Question ou définition"] == "D'après votre expérience, où en est cette mesure ?"
    assert first["Versions du questionnaire"] == "1 : T7, T8"
    assert "halted" not in first["Réponses proposées"]
    assert second["Question ou définition"] == "Où en est-on ?"
    assert second["Versions du questionnaire"] == "2 : T7, T8"
    assert second["Réponses proposées"].endswith("halted = Interrompue")
    assert second["Réponses proposées"].startswith("not_started = Non engagée")


def test_indicator_question_merges_over_versions_too(session, opened, tmp_path):
    respond(session, opened, "T7", {("T7.1", "stance"): "keep", ("T7.1", "relevance"): 7})

    def edit(outline):
        question = outline.question("stance")
        split = OutlineOption("split", {"fr": "le couper en deux"})
        return changed(outline, "stance", options=(*question.options, split))

    publish(session, opened, edit)
    respond(session, opened, "T7", {("T7.1", "stance"): "split", ("T7.1", "relevance"): 3})

    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Avis")
    assert sorted((row["Avis"], row["Pertinence"]) for row in rows) == [
        ("Le garder", 7),
        ("le couper en deux", 3),
    ]


def test_options_of_a_multiple_choice_of_two_versions_each_have_their_column(
    session, opened, tmp_path
):
    kind = QuestionKind.MULTIPLE_CHOICE
    question = make_question("freins", "Quels freins ?", kind, options=options("Argent", "Temps"))
    publish(session, opened, lambda o: with_question(o, "progress", question))
    respond(session, opened, "T7", {"freins": ["o0", "o1"]})
    third = options("Argent", "Temps", "Droit")[2]
    publish(session, opened, lambda o: changed(o, "freins", options=(*question.options, third)))
    respond(session, opened, "T7", {"freins": ["o2"]})

    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Contributions")
    columns = [f"Quels freins ? : {label}" for label in ("Argent", "Temps", "Droit")]
    assert sorted([row[column] for column in columns] for row in rows) == [
        [False, False, True],
        [True, True, False],
    ]


def test_new_code_gives_another_column(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})

    def edit(outline):
        question = outline.question("standing")
        again = replace(question, code="standing_2", options=question.options[:2])
        return with_question(without(outline, "standing"), "progress", again)

    publish(session, opened, edit)
    respond(session, opened, "T7", {"standing_2": "started"})

    made = make(session, opened, tmp_path)

    header = cells_of(made.path, "Contributions")["Contributions"][0]
    assert "Où en est la mesure (code)" in header
    first = entries(made.path, "Contributions", "standing")
    second = entries(made.path, "Contributions", "standing_2")
    assert [row["Versions du questionnaire"] for row in first] == ["1 : T7, T8"]
    assert [row["Versions du questionnaire"] for row in second] == ["2 : T7, T8"]
    assert first[0]["Colonne"] != second[0]["Colonne"]
    rows = records_of(made.path, "Contributions")
    assert sorted(
        (str(row[first[0]["Colonne"]]), str(row[second[0]["Colonne"]])) for row in rows
    ) == [
        ("None", "Engagée"),
        ("Réalisée", "None"),
    ]


def test_territory_asked_under_a_new_code_is_told_in_words_as_before(session, opened, tmp_path):
    respond(session, opened, "T7", territory="corse")

    def edit(outline):
        question = outline.question("territory")
        parts = (OutlineOption("south", {"fr": "Sud"}), OutlineOption("north", {"fr": "Nord"}))
        again = replace(question, code="territory_2", options=parts)
        section = outline.section_of("territory").code
        return with_question(without(outline, "territory"), section, again)

    publish(session, opened, edit)
    respond(session, opened, "T7", territory="north")

    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Contributions")
    assert sorted(row["Territoire"] for row in rows) == ["Corse", "Nord"]
    silent = records_of(made.path, "Couverture")[0]["Territoires jamais entendus"].split(" ; ")
    assert "Sud" in silent
    assert not {"Nord", "Corse"} & set(silent)
    labels = entries(made.path, "Contributions", "territory")
    assert [row["Versions du questionnaire"][:1] for row in labels] == ["1", "2"]


def test_question_of_two_wordings_keeps_its_texts_together(session, opened, tmp_path):
    respond(session, opened, "T7", {"observation": "Avant."})
    publish(session, opened, lambda o: changed(o, "observation", label={"fr": "Que voyez-vous ?"}))
    respond(session, opened, "T7", {"observation": "Après."})

    made = make(session, opened, tmp_path)

    rows = records_of(made.path, "Textes")
    assert {row["Texte"] for row in rows} == {"Avant.", "Après."}
    labels = entries(made.path, "Textes", "observation")
    assert [row["Versions du questionnaire"] for row in labels] == ["1 : T7, T8", "2 : T7, T8"]
