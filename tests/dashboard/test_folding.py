"""English texts and codes of staff forms: folded until asked for, never what is new."""

import re

import pytest

from consultation.accounts.models import Role
from tests.factories import make_measure, make_round
from tests.invitations.builders import make_group
from tests.pages import check_page
from tests.plan.pages import signed_in
from tests.questionnaires.form_reader import fields_of
from tests.questionnaires.outline_builders import CONDITIONAL

CHOICE = "/organisation/traductions-et-codes"
QUESTIONNAIRE = "/organisation/tours/tour-1/questionnaire"
QUESTION = f"{QUESTIONNAIRE}/questions/stance"
MEASURE, INDICATOR = "/organisation/plan/mesures/T7", "/organisation/plan/indicateurs/T7.1"
PAGES = [
    QUESTIONNAIRE,
    QUESTION,
    f"{QUESTIONNAIRE}/rubriques/indicator",
    MEASURE,
    INDICATOR,
    "/organisation/plan/ajouter-une-mesure",
    "/organisation/tours/tour-1/modifier",
    "/organisation/tours/tour-1/textes/introduction",
    "/organisation/invitations/messages/nouveau",
    "/organisation/avancement/T7",
]


@pytest.fixture
def organiser(app, session):
    make_measure(session, "T7")
    make_round(session, outline=CONDITIONAL)
    make_group(session)
    return signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)


def is_folded(page, name):
    """Whether the field of that id is in a part that the page folds."""
    before, control, _ = page.partition(f' id="{name}"')
    assert control, name
    return re.findall(r'<div[^>]*class="?field([^">]*)', before)[-1].endswith(" foldable")


@pytest.mark.parametrize("address", PAGES)
def test_pages_with_english_texts_or_codes_offer_to_show_them(organiser, address):
    page = organiser.get(address).get_data(as_text=True)

    check_page(page)
    assert "Montrer les traductions et les codes" in page.replace("’", "'")
    assert "foldable" in page
    assert not re.search(r'id="unfold"[^>]* checked', page)


def test_choice_is_kept_for_all_pages_of_the_session(organiser, app, session):
    answer = organiser.post(CHOICE, {"montrer": "1", "page": INDICATOR})

    assert (answer.status_code, answer.location) == (303, INDICATOR)
    for address in PAGES:
        assert re.search(r'id="unfold"[^>]* checked', organiser.get(address).get_data(as_text=True))
    organiser.post(CHOICE, {"page": INDICATOR})
    page = organiser.get(INDICATOR).get_data(as_text=True)
    assert not re.search(r'id="unfold"[^>]* checked', page)


@pytest.mark.parametrize("other", ["", "/mesures", "https://exemple.org/organisation/"])
def test_choice_leads_to_no_page_of_others(organiser, other):
    assert organiser.post(CHOICE, {"page": other}).location == "/organisation/"


def test_folded_text_is_sent_and_keeps_its_value(organiser):
    sent = fields_of(organiser.get(QUESTION))
    assert organiser.post(QUESTION, sent | {"label_en": "Which?"}).status_code == 303

    answer = organiser.get(QUESTION)

    page = answer.get_data(as_text=True)
    assert is_folded(page, "label_en")
    assert not is_folded(page, "label")
    assert fields_of(answer)["label_en"] == ["Which?"]


def test_choice_made_by_the_script_leaves_the_page_as_it_is(organiser):
    answer = organiser.post(CHOICE, {"montrer": "1", "page": INDICATOR, "stay": "1"})

    assert (answer.status_code, answer.data) == (204, b"")
    assert re.search(r'id="unfold"[^>]* checked', organiser.get(INDICATOR).get_data(as_text=True))


def test_english_text_with_an_error_or_typed_anew_is_in_sight(organiser):
    sent = fields_of(organiser.get(INDICATOR))

    answer = organiser.post(INDICATOR, sent | {"label_en": "New", "unit": "", "unit_en": "people"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert not is_folded(page, "unit_en")
    assert not is_folded(page, "label_en")
    assert is_folded(page, "definition_en")


def test_editor_folds_what_was_there_and_shows_what_was_typed(organiser):
    sent = fields_of(organiser.get(QUESTION))

    page = organiser.post(QUESTION, sent | {"label_en": "Which?", "action": "redraw"})
    page = page.get_data(as_text=True)

    assert not is_folded(page, "label_en")
    assert is_folded(page, "code")


def test_new_english_answers_are_in_sight_after_a_refusal(organiser):
    address = f"{QUESTIONNAIRE}/rubriques/indicator/question"
    answers = {"option_fr": ["Un", "Deux"], "option_en": ["One", ""], "option_code": ["", ""]}
    new = fields_of(organiser.get(address))
    sent = new | {"kind": "single_choice", **answers}

    folded = organiser.post(address, sent | {"option_en": ["", ""]}).get_data(as_text=True)
    shown = organiser.post(address, sent).get_data(as_text=True)

    assert '<div class=foldable><label for="option-0-en"' in folded
    assert '<div><label for="option-0-en"' in shown
