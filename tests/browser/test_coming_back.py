"""A form that comes back with what was typed: leaving it says so, or saves it."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.responses.models import Answer, Response

FORM, IN_SPACE = "/mesures/T4/contribuer", "/contributions/mesures/T4"
SAVE = "Enregistrer et reprendre plus tard"
LONG = "mot " * 1240
NEWER = "ce qui est affiché est la dernière version"
MORE, OBSERVED = "Que souhaitez-vous ajouter", "Qu’observez-vous"
SEND = re.compile("Envoyer (ma contribution|la correction)")


def to_the_measures(page):
    """Follow the link of the header, which a form folds."""
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("link", name="Répondre").click()


def refused(page, text):
    """Send the form without the only answer that it requires."""
    page.get_by_label(MORE).fill(text)
    page.get_by_role("button", name=SEND).click()
    page.locator("#errors").wait_for()


def test_refused_form_is_not_left_without_a_word(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(FORM)
    refused(page, "Un texte à ne pas perdre")

    to_the_measures(page)

    assert asked == ["beforeunload"]
    expect(page.get_by_label(MORE)).to_have_value("Un texte à ne pas perdre")
    page.context.close()


def test_what_the_browser_puts_back_is_counted_and_not_left_without_a_word(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(FORM)
    page.get_by_label(MORE).fill(LONG + "06 12 34 56 78")
    page.goto("/mesures")
    page.go_back()

    expect(page.get_by_label(MORE)).to_have_value(re.compile("78$"))
    expect(page.get_by_text("encore 26 caractères possibles").first).to_be_visible()
    expect(page.get_by_text("On pourrait reconnaître quelqu’un")).to_be_visible()
    asked.clear()
    page.get_by_label(MORE).click()
    to_the_measures(page)
    assert asked == ["beforeunload"]
    page.context.close()


@pytest.fixture
def begun(browser, site):
    """A form that was saved and goes on in its space, on a page whose clock can be moved."""
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.clock.install()
    page.goto(FORM)
    page.get_by_label(MORE).fill("Un début")
    page.get_by_role("button", name=SAVE).click()
    page.get_by_role("link", name="Continuer le formulaire").click()
    page.wait_for_load_state()
    yield page
    page.context.close()


def test_refused_form_of_a_space_saves_itself(begun):
    page = begun
    refused(page, "Un début, une suite")

    page.clock.fast_forward(31_000)

    expect(page.locator("[data-draft][role=status]")).to_contain_text("nregistré")
    page.goto(page.url)
    expect(page.get_by_label(MORE)).to_have_value("Un début, une suite")


def test_form_stopped_while_sending_saves_itself_again(begun):
    page = begun
    page.route(f"**{IN_SPACE}", lambda route: route.abort("aborted"))
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name=SEND).click(no_wait_after=True)
    page.unroute(f"**{IN_SPACE}")

    page.clock.fast_forward(9_000)
    page.get_by_label(MORE).fill("Un début, une suite")

    saves_itself(page)


@pytest.fixture
def devices(browser, site):
    """A computer that has just gone to another page, and a phone that goes on with its form."""
    computer, phone = (
        browser.new_context(base_url=site.address, locale="fr-FR").new_page() for _ in range(2)
    )
    for page in (computer, phone):
        page.on("dialog", lambda dialog: dialog.accept())
    computer.clock.install()
    computer.goto(FORM)
    computer.get_by_label(MORE).fill("Un début")
    computer.get_by_role("button", name=SAVE).click()
    link = computer.locator(".personal-link").inner_text()
    computer.get_by_role("link", name="Continuer le formulaire").click()
    computer.wait_for_load_state()
    computer.get_by_label("À quel titre répondez-vous").select_option("citizen")
    computer.get_by_label("Le reformuler").first.check()
    computer.get_by_label(MORE).fill(LONG)
    saves_itself(computer)
    leave(computer)
    phone.goto(link)
    phone.get_by_role("button", name="Ouvrir mon espace").click()
    phone.goto(IN_SPACE)
    yield computer, phone
    for page in (computer, phone):
        page.context.close()


def saves_itself(page):
    page.clock.fast_forward(31_000)
    expect(page.locator("[data-draft][role=status]")).to_contain_text("Brouillon enregistré")


def leave(page):
    to_the_measures(page)
    page.wait_for_url("**/mesures")


def cut_off(page):
    """Let the page save nothing, not even as it is left: what leaves then can't be held back."""
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('cut off')) }")


def test_back_shows_what_another_device_has_saved_and_not_the_old_words(devices):
    computer, phone = devices
    phone.get_by_label("je ne sais pas").first.check()
    phone.get_by_label(MORE).fill("")
    phone.get_by_label(OBSERVED).fill("Écrit sur le téléphone")
    phone.get_by_role("button", name=SAVE).click()
    phone.locator("#notice").wait_for()

    computer.go_back()

    expect(computer.locator("[data-draft][role=status]")).to_contain_text(NEWER)
    expect(computer.get_by_label(OBSERVED)).to_have_value("Écrit sur le téléphone")
    expect(computer.get_by_label(MORE)).to_have_value("")
    expect(computer.get_by_text("encore 40 caractères possibles")).to_have_count(0)
    expect(computer.get_by_label("Quelle formulation proposez-vous").first).to_be_hidden()
    computer.get_by_label(MORE).fill("Et repris sur l’ordinateur")
    saves_itself(computer)
    phone.goto(IN_SPACE)
    expect(phone.get_by_label(OBSERVED)).to_have_value("Écrit sur le téléphone")
    expect(phone.get_by_label(MORE)).to_have_value("Et repris sur l’ordinateur")


def test_back_and_sending_replaces_nothing_that_another_device_has_sent(devices, session):
    computer, phone = devices
    phone.get_by_label(MORE).fill("Envoyé du téléphone")
    phone.get_by_role("button", name=SEND).click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Merci")

    computer.go_back()
    expect(computer.locator("[data-draft][role=status]")).to_contain_text(NEWER)
    computer.get_by_role("button", name=SEND).click()
    expect(computer.locator("#unchanged")).to_contain_text("telle que vous l’avez envoyée")

    standing = sa.select(Answer.text).join(Response).where(Response.superseded_at.is_(None))
    assert "Envoyé du téléphone" in session.scalars(standing).all()


def test_back_keeps_words_that_were_not_saved_and_saves_them(devices):
    computer, phone = devices
    computer.go_back()
    computer.get_by_label(MORE).fill("Enregistré")
    saves_itself(computer)
    cut_off(computer)
    computer.get_by_label(MORE).fill("Pas encore enregistré")
    leave(computer)

    computer.go_back()

    expect(computer.get_by_label(MORE)).to_have_value("Pas encore enregistré")
    saves_itself(computer)
    phone.goto(IN_SPACE)
    expect(phone.get_by_label(MORE)).to_have_value("Pas encore enregistré")


def test_back_keeps_words_that_were_typed_after_a_link_within_the_form(devices):
    _computer, phone = devices
    cut_off(phone)
    for _ in range(2):  # the second time, the entry of the history is replaced
        phone.locator("[data-toc] a").first.click()
    phone.get_by_label(MORE).fill("Pas encore enregistré")
    leave(phone)

    phone.go_back()

    expect(phone.get_by_label(MORE)).to_have_value("Pas encore enregistré")
    expect(phone.locator("[data-draft][role=status]")).to_be_empty()
