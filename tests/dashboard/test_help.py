"""Help of the staff's pages: each has a short one of its own words, and all of it is printed."""

import re

import pytest

from consultation.accounts.models import Role
from consultation.dashboard import help as staff_help
from consultation.dashboard.menu import STAFF_MENU
from tests.plan.pages import signed_in, text_of

MOST = 80
PAGES = staff_help.pages()


def length_of(page):
    text = " ".join([page.purpose, *page.steps, *page.vocabulary, *page.vocabulary.values()])
    return len(re.findall(r"[\w-]+(?:[’'][\w-]+)*", text))


def test_each_entry_of_the_menu_has_help():
    assert [it.endpoint for it in STAFF_MENU if it.endpoint not in PAGES] == []


def test_help_of_each_page_is_that_of_a_page(app):
    assert [it for it in PAGES if it not in app.view_functions] == []


@pytest.mark.parametrize("endpoint", PAGES)
def test_help_is_short(endpoint):
    assert length_of(PAGES[endpoint]) <= MOST


def test_no_two_pages_say_the_same():
    said = [page.purpose for page in PAGES.values()]
    said += [step for page in PAGES.values() for step in page.steps]

    assert sorted(said) == sorted(set(said))


def test_glossary_is_in_order_and_each_word_is_explained_somewhere():
    listed = list(staff_help.glossary())
    used = {word for page in PAGES.values() for word in page.vocabulary}

    assert listed == sorted(listed, key=lambda word: word.lower().replace("é", "e"))
    assert set(listed) == used


def test_page_below_an_entry_shows_the_help_of_the_entry(app, session):
    organiser = signed_in(app, session, "lou@association.fr", Role.ORGANISER)

    page = text_of(organiser.get("/organisation/plan/ajouter-une-mesure"))

    assert PAGES["plan_staff.plan"].purpose in page


def test_page_of_help_has_what_the_account_may_open(app, session):
    page = text_of(
        signed_in(app, session, "ada@exemple.fr", Role.MODERATOR).get("/organisation/aide")
    )

    assert PAGES["moderation.queue"].purpose in page
    assert PAGES["accounts_staff.accounts"].purpose not in page
    assert "Médiane" in page


def test_printed_guide_is_tagged_for_screen_readers(app, session):
    moderator = signed_in(app, session, "ada@exemple.fr", Role.MODERATOR)

    pdf = moderator.get("/organisation/aide/guide.pdf").data

    for part in (b"<pdfuaid:part>1</pdfuaid:part>", b"/Lang(fr)", b"/StructTreeRoot"):
        assert part in pdf
