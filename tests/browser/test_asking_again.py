"""The page of a document that waits for its turn, in a real browser."""

import pytest

from consultation import turns
from consultation.web import errors
from tests.decisions.conftest import opened as opened
from tests.moderation.test_keyboard import address as address
from tests.moderation.test_keyboard import settings as settings

DOCUMENT = "/mesures/T7/formulaire.pdf"


@pytest.fixture
def busy(opened, monkeypatch):
    """A document that is being made, and a server that keeps nobody waiting for it."""
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.0)
    monkeypatch.setattr(errors, "ASK_AGAIN", 1)
    with turns.turn():
        yield


@pytest.fixture
def open_page(browser, address, busy):
    """Ask for the document in a browser, and show the page that comes instead."""
    contexts = []

    def open(**options):
        contexts.append(browser.new_context(base_url=address, locale="fr-FR", **options))
        page = contexts[-1].new_page()
        page.goto(DOCUMENT)
        return page

    yield open
    for context in contexts:
        context.close()


def test_document_comes_by_itself_once_it_is_its_turn(open_page, monkeypatch):
    page = open_page(java_script_enabled=False)

    with page.expect_download() as download:
        monkeypatch.setattr(turns, "LONGEST_WAIT", 10.0)
        turns._one_at_a_time.release()

    assert download.value.suggested_filename.endswith(".pdf")
    turns._one_at_a_time.acquire()  # what the fixture gives back


def test_reader_stops_the_page_and_asks_again(open_page):
    page = open_page()
    page.get_by_role("link", name="Ne plus le redemander").press("Enter")
    page.wait_for_url("**?actualiser=non")
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.wait_for_timeout(2500)
    assert asked == []

    with page.expect_request(f"**{DOCUMENT}*"):
        page.get_by_role("link", name="Le demander maintenant").press("Enter")
