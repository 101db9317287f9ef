"""Send, Back, Send: the form that comes back with its words has its key, and counts once."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.responses.models import Respondent, Response
from tests.faults.server import Server

FORM = "/mesures/T4/contribuer"
MORE, WHO = "Que souhaitez-vous ajouter", "À quel titre répondez-vous"
SHORT = "Trop peu pour être reconnu."
CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")
SEND, SAVE = "Envoyer ma contribution", "Enregistrer et reprendre plus tard"


class Anew:
    """A browser that loads the page again on Back, and puts the words back into it."""

    def send_and_come_back(self, page):
        number = send(page)
        page.go_back()
        return number


class Kept:
    """A browser that has kept the page whole, its fields and its scripts as they were.

    Debian's Chromium without windows never does: an answer without content leaves the page as it
    is, and the event that tells scripts of it is sent by hand.
    """

    def send_and_come_back(self, page):
        numbers = []

        def answer(route):
            sent = route.fetch(max_redirects=0)
            receipt = page.request.get(sent.headers["location"])
            numbers.append(CODE.search(receipt.text())[0])
            route.fulfill(status=204)

        page.route(f"**{FORM}", answer)
        with page.expect_event("requestfailed"):
            page.get_by_role("button", name=SEND).click(no_wait_after=True)
        page.unroute(f"**{FORM}")
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        return numbers[0]


@pytest.fixture(params=[Anew, Kept])
def back(request):
    return request.param().send_and_come_back


@pytest.fixture
def page(browser, site):
    made = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    made.on("dialog", lambda dialog: dialog.accept())
    made.goto(FORM)
    yield made
    made.context.close()


@pytest.fixture
def limited(tmp_path, keys_dir, database_url):
    """A server that holds its visitors to the limits, as in service."""
    home = tmp_path / "limited"
    home.mkdir()
    server = Server(home, database_url=database_url, KEYS_DIR=keys_dir, RATE_LIMITS="on")
    server.start()
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


def fill_in(page, text=SHORT):
    page.get_by_label(WHO).select_option("citizen")
    page.get_by_label("Le reformuler").first.check()
    page.get_by_label(MORE).fill(text)


def send(page):
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    return CODE.search(page.inner_text("main"))[0]


def count(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Response))


def test_back_and_send_leads_to_the_first_receipt(page, back, session):
    fill_in(page)
    number = back(page)

    expect(page.get_by_label(MORE)).to_have_value(SHORT)
    expect(page.locator("#sent")).to_be_focused()
    expect(page.locator("#sent h2")).to_have_text(
        re.compile(rf"^Envoyé à \d+.h.\d\d, n°.{number}$")
    )
    assert send(page) == number
    assert count(session) == 1


def test_back_again_and_send_again_is_still_one(page, back, session):
    fill_in(page)
    numbers = [back(page) for _ in range(3)]

    expect(page.locator("#sent h2")).to_contain_text(numbers[0])
    assert len(set(numbers)) == 1
    assert count(session) == 1


def test_back_change_and_send_asks_what_it_is(page, back, session):
    fill_in(page)
    number = back(page)
    expect(page.locator("#sent h2")).to_contain_text(number)
    page.get_by_label(MORE).fill("Autre chose")
    page.get_by_role("button", name=SEND).click()

    expect(page.locator("#notice")).to_contain_text("Ce formulaire a déjà servi")
    expect(page.get_by_label(MORE)).to_have_value("Autre chose")
    assert count(session) == 1
    page.get_by_role("button", name="Envoyer comme nouvelle contribution").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    assert count(session) == 2


def test_empty_form_from_there_is_a_new_contribution(page, back, session):
    fill_in(page)
    number = back(page)
    page.get_by_role("link", name="Ouvrir un formulaire vide").click()

    expect(page.locator("#sent")).to_be_hidden()
    expect(page.get_by_label(MORE)).to_have_value("")
    fill_in(page)
    assert send(page) != number
    assert count(session) == 2


def test_back_says_what_was_sent_after_it_was_read_again(page, session):
    fill_in(page)
    page.get_by_role("button", name="Relire avant l’envoi").click()
    number = send(page)

    for _page in ("review", "form"):
        page.go_back()
        expect(page.locator("#sent h2")).to_contain_text(number)
        expect(page.get_by_text("Rien n’est encore envoyé.")).to_be_hidden()


def test_form_that_comes_back_empty_says_what_was_sent_and_begins_anew(page, session):
    fill_in(page)
    number = send(page)
    # As a browser that keeps nothing of such pages does.
    page.add_init_script("addEventListener('DOMContentLoaded', () => form.reset())")
    page.add_init_script("addEventListener('pageshow', () => form.reset(), { capture: true })")
    page.go_back()

    expect(page.locator("#sent h2")).to_contain_text(number)
    expect(page.get_by_text("Vos réponses sont encore ci-dessous")).to_be_hidden()
    fill_in(page, "Autre chose.")
    assert send(page) != number
    assert count(session) == 2


def test_what_was_refused_first_counts_once_too(page, session):
    page.get_by_label(MORE).fill(SHORT)
    page.get_by_role("button", name=SEND).click()
    page.locator("#errors").wait_for()
    page.go_back()
    expect(page.locator("#sent")).to_be_hidden()
    expect(page.get_by_label(MORE)).to_have_value(SHORT)
    fill_in(page)

    first = send(page)
    page.go_back()
    expect(page.locator("#sent h2")).to_contain_text(first)

    assert send(page) == first
    assert count(session) == 1


def test_saved_form_gone_back_to_is_the_same_person_s(page, session):
    fill_in(page)
    page.get_by_role("button", name=SAVE).click()
    page.locator(".personal-link").wait_for()
    page.go_back()
    expect(page.get_by_label(MORE)).to_have_value(SHORT)

    send(page)

    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Respondent)) == 1


def test_next_person_who_finds_the_form_empty_has_another_key(page, session):
    fill_in(page)
    send(page)
    page.go_back()
    page.goto(FORM)

    expect(page.locator("#sent")).to_be_hidden()
    fill_in(page)
    send(page)
    assert count(session) == 2


def test_without_scripts_what_was_sent_is_asked_about(browser, limited, session):
    context = browser.new_context(
        base_url=limited.address, java_script_enabled=False, locale="fr-FR"
    )
    page = context.new_page()
    page.goto(FORM)
    fill_in(page, SHORT * 2)
    send(page)

    page.go_back()
    expect(page.get_by_label(MORE)).to_have_value(SHORT * 2)
    page.get_by_role("button", name=SEND).click()

    expect(page.locator("#notice")).to_contain_text("Avez-vous déjà envoyé ce texte")
    expect(page.get_by_label(MORE)).to_have_value(SHORT * 2)
    assert count(session) == 1
    page.get_by_role("button", name="Envoyer quand même").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    assert count(session) == 2
    context.close()
