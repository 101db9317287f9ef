"""The blank form of a measure and its poster, on paper."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from consultation.clock import now
from consultation.plan import seed
from consultation.questionnaires.form import paper
from consultation.questionnaires.form.instrument import Option, Question
from consultation.questionnaires.models import Destination, QuestionKind
from tests.factories import make_measure, make_round
from tests.questionnaires.outline_builders import SETTINGS, with_grids

FORM, POSTER = "/mesures/T7/formulaire.pdf", "/mesures/T7/affiche.pdf"


@pytest.fixture
def opened(session):
    seed.load_shipped(session(), now())
    opened = make_round(session)
    session.commit()
    return opened


def page_count(document):
    return len(re.findall(rb"/Type */Page\b", document))


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_blank_form_of_four_indicators_has_at_most_four_pages(client, opened, prefix):
    answer = client.get(prefix + FORM)

    assert answer.mimetype == "application/pdf"
    assert "formulaire-T7.pdf" in answer.headers["Content-Disposition"]
    assert 2 <= page_count(answer.data) <= 4


def test_poster_is_one_page(client, opened):
    assert page_count(client.get(POSTER).data) == 1


def text_of_pdf(document):
    pages = PdfReader(BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("address", [FORM, POSTER])
def test_paper_is_set_in_french_typography_and_says_whose_hour_it_is(client, opened, address):
    text = text_of_pdf(client.get(address).data)

    assert "'" not in text
    assert "’" in text
    assert "(heure de Paris)" in text


def test_blank_form_says_unit_source_and_starting_value(client, opened):
    text = text_of_pdf(client.get(FORM).data)

    for label in ("Unité", "Source proposée", "Valeur de départ"):
        assert label in text


def test_document_is_made_once_for_all_who_ask(client, opened, monkeypatch):
    first = client.get(FORM).data
    monkeypatch.setattr(paper, "blank_form", lambda content: pytest.fail("made again"))

    assert client.get(FORM).data == first


@pytest.mark.parametrize("address", [FORM, POSTER, "/mesures/X/affiche.pdf"])
def test_there_is_no_paper_of_a_form_that_is_not_open(client, session, address):
    assert client.get(address).status_code == 404


def test_measure_leads_to_its_paper(client, opened):
    page = client.get("/mesures/T7").text

    assert FORM in page
    assert POSTER in page


def question(kind, settings, label="Question"):
    return Question(
        1, "code", kind, Destination.ANSWER, {"fr": label}, None, True, False, settings, None, None
    )


LABELS = {
    "required": "obligatoire", "no_opinion": "sans avis", "yes": "Oui", "no": "Non",
    "ranking": "écrivez 1 pour la première place",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "settings", "options", "steps", "lines"),
    [
        (QuestionKind.LONG_TEXT, {}, [], 0, 3),
        (QuestionKind.SHORT_TEXT, {}, [], 0, 1),
        (QuestionKind.DATE, {}, [], 0, 1),
        (QuestionKind.NOTE, {}, [], 0, 0),
        (QuestionKind.YES_NO, {}, ["Oui", "Non"], 0, 0),
        (QuestionKind.YES_NO, {"statement": True}, ["Question"], 0, 0),
        (
            QuestionKind.SCALE,
            {"minimum": 1, "maximum": 9, "no_opinion": True},
            ["sans avis"],
            9,
            0,
        ),
    ],
)
def test_each_kind_of_question_has_boxes_or_lines(kind, settings, options, steps, lines):
    drawn = paper._question(question(kind, settings), "fr", LABELS)

    assert (drawn["options"], len(drawn["steps"]), drawn["lines"]) == (options, steps, lines)


@pytest.mark.parametrize(
    ("kind", "label", "rows", "options"),
    [
        (QuestionKind.MATRIX, "Question", ["Le délai", "Le coût"], ["Oui", "Non"]),
        (
            QuestionKind.RANKING,
            "Question (écrivez 1 pour la première place)",
            ["Oui", "Non"],
            [],
        ),
    ],
)
def test_line_has_boxes_beside_it_or_a_place_for_a_number(kind, label, rows, options):
    offered = tuple(Option(1, it.lower(), {"fr": it}) for it in ("Oui", "Non"))
    asked = replace(question(kind, SETTINGS.get(kind, {})), options=offered, is_required=False)

    drawn = paper._question(asked, "fr", LABELS)

    assert (drawn["label"], drawn["rows"], drawn["options"]) == (label, rows, options)


def test_lines_are_printed(client, session):
    make_measure(session, "T7")
    make_round(session, outline=with_grids())
    session.commit()

    pages = PdfReader(BytesIO(client.get("/mesures/T7/formulaire.pdf").data)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())

    assert "Le délai Oui Non Le coût Oui Non" in text
    assert "Donnees Formation Accueil" in text


def test_question_is_on_one_page_with_its_choices_and_lines():
    asked = {"hint": "", "rows": [], "steps": [], "ends": ["", ""], "lines": 2}
    questions = [
        {**asked, "label": f"Q{it}.", "options": [f"choix {it}·{n}" for n in range(70)]}
        for it in range(25)
    ]
    section = {"tag": "", "heading": "Partie", "definition": "", "intro": "", "facts": []}
    content = {"locale": "fr", "title": "Mesure", "author": "Le collectif", "eyebrow": "T7"}
    content |= dict.fromkeys(("footer", "lead", "warning", "return_to"), "Une phrase.")

    made = paper.blank_form({**content, "sections": [{**section, "questions": questions}]})

    pages = [page.extract_text() for page in PdfReader(BytesIO(made)).pages]
    assert len(pages) > 2
    for it in range(25):
        assert [f"Q{it}." in page for page in pages] == [f"choix {it}·69" in page for page in pages]
