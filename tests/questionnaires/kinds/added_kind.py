"""A kind of question that was added, on each of its surfaces; run in a copy of the tree."""

from io import BytesIO

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.structure import Outline
from consultation.questionnaires.workbook.reader import read_outline
from consultation.questionnaires.workbook.writer import write_outline
from consultation.responses.models import Answer
from consultation.spreadsheets.writer import Format
from tests.exports.reading import cells_of, make, records_of
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round
from tests.pages import main_text, straight
from tests.questionnaires.outline_builders import make_outline, make_question
from tests.questionnaires.publishing_builders import browser

KIND = QuestionKind("percentage")
OUTLINE: Outline = make_outline(make_question("done_so_far", KIND, label={"fr": "Quelle part ?"}))
PATH = "/mesures/T7/contribuer"


@pytest.fixture
def measure(session):
    return make_measure(session, "T7")


@pytest.fixture
def opened(session, measure):
    opened = make_round(session, outline=OUTLINE)
    session.commit()
    return opened


@pytest.fixture
def sent(client, session, measure, opened):
    instrument = instrument_of(session, measure)

    def send(share):
        answers = form_data(instrument, capacity="citizen", done_so_far=share)
        return client.post(PATH, data=answers | {"submission_key": key_for(instrument)})

    return send


def test_it_is_asked_checked_and_stored(client, session, sent):
    assert "<p>%</p>" in client.get(PATH).text
    assert "au plus 100" in main_text(sent("140"))
    assert sent("12,5").status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Answer.number)).one() == 12.5


def test_it_has_a_column_and_its_place_in_the_codebook(session, sent, opened, tmp_path):
    sent("12,5")
    path = make(session, opened, tmp_path).path

    assert records_of(path, "Contributions")[0]["Quelle part ?"] == 12.5
    explained = {row[2]: row[4] for row in cells_of(path, "Dictionnaire")["Dictionnaire"]}
    assert explained["done_so_far"] == "nombre (pourcentage)"


def test_it_is_on_the_blank_form(client, opened):
    pages = PdfReader(BytesIO(client.get("/mesures/T7/formulaire.pdf").data)).pages

    assert "Quelle part ?" in straight(" ".join(page.extract_text() for page in pages))


def test_it_is_offered_and_seen_in_the_editor(app, session, opened):
    page = browser(app, session).get(
        "/organisation/tours/tour-1/questionnaire/questions/done_so_far"
    )

    assert "Une part, en pour cent." in main_text(page)
    assert page.text.count("<p>%</p>") == 1


def test_it_goes_to_a_file_and_comes_back(tmp_path):
    path = tmp_path / "questionnaire.xlsx"
    write_outline(OUTLINE, path, Format.XLSX)

    assert read_outline(path, {"T7": 1}).outline == OUTLINE
