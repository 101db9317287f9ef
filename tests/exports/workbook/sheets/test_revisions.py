"""What people changed after sending, told by codes."""

from datetime import date, timedelta

import pytest

from consultation.exports.selection import Selection
from consultation.responses.rights.erasure import ERASED_TEXT
from tests.exports.builders import SENT, respond, reword
from tests.exports.reading import bytes_of, cells_of, make, records_of
from tests.factories import make_measure, make_round

NAME = "Révisions"
LATER = SENT + timedelta(days=3)


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    return make_round(session)


def test_revised_contribution_tells_which_questions_changed(session, opened, tmp_path):
    respond(session, opened, "T7", {"standing": "done"})
    before = {("T7.1", "stance"): "keep", ("T7.1", "relevance"): 7, "suggestions": "canari"}
    first = respond(session, opened, "T7", before)
    after = {("T7.1", "stance"): "drop", ("T7.1", "relevance"): 7, "suggestions": "neuf"}
    second = respond(session, opened, "T7", after, revises=first, at=LATER)

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert (row["Numéro de dépôt"], row["Mesure"]) == (second.receipt_code, "T7")
    assert row["Révisions"] == 1
    assert row["Premier envoi"].date() == date(2026, 11, 20)
    assert row["Dernier envoi"].date() == date(2026, 11, 23)
    assert row["Questions changées (codes)"] == "T7.1 : stance ; suggestions"
    assert (row["Réponses changées"], row["Comparaison"]) == (2, "entière")


def test_no_word_of_what_was_replaced_is_in_the_file(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"suggestions": "canari"})
    respond(session, opened, "T7", {"suggestions": "neuf"}, revises=first)

    made = make(session, opened, tmp_path)

    content = bytes_of(made.path)
    assert records_of(made.path, NAME)[0]["Questions changées (codes)"] == "suggestions"
    assert b"canari" not in content
    assert first.receipt_code.encode() not in content


def test_every_revision_is_compared_with_the_one_before(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"standing": "done"})
    second = respond(session, opened, "T7", {"standing": "started"}, revises=first)
    third = {"standing": "done", "observation": "Rien vu."}
    last = respond(session, opened, "T7", third, revises=second)
    respond(session, opened, "T7", third, revises=last)

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert (row["Révisions"], row["Réponses changées"]) == (3, 2)
    assert row["Questions changées (codes)"] == "standing ; observation"


def test_revision_in_a_later_version_of_the_form_is_one_of_the_same_contribution(
    session, opened, tmp_path
):
    first = respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    reword(session, opened, "T7.1", "Places ouvertes")
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"}, revises=first)

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert (row["Révisions"], row["Questions changées (codes)"]) == (1, None)


def test_text_erased_since_is_said_to_be_past_comparing(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"suggestions": ERASED_TEXT, "standing": "done"})
    respond(session, opened, "T7", {"suggestions": "neuf", "standing": "started"}, revises=first)

    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, NAME)
    assert (row["Questions changées (codes)"], row["Comparaison"]) == ("standing", "en partie")


def test_what_was_withdrawn_is_compared_with_nothing(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"standing": "done"}, withdrawn_at=SENT)
    respond(session, opened, "T7", {"standing": "started"}, revises=first)
    sent = respond(session, opened, "T7", {"standing": "done"})
    respond(session, opened, "T7", {"standing": "started"}, revises=sent, withdrawn_at=LATER)

    made = make(session, opened, tmp_path)

    assert records_of(made.path, NAME) == []


def test_anonymised_workbook_has_no_revisions(session, opened, tmp_path):
    first = respond(session, opened, "T7", {"standing": "done"})
    respond(session, opened, "T7", {"standing": "started"}, revises=first)

    made = make(session, opened, tmp_path, selection=Selection(is_anonymised=True))

    assert NAME not in cells_of(made.path)
