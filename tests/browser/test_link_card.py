"""The card of a personal link: opened, copied, shared where it can be, sent to an address."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import AXE_SCRIPT, FIND, OPEN_ALL, RULES
from tests.browser.test_journey import wait_for

FORM = "/mesures/T4/contribuer"
MORE = "Que souhaitez-vous ajouter"
LINK = re.compile(r"/contributions/ouvrir/[\w.-]+$")
WITH_SHARE = "navigator.share = async data => { window.shared = data.url }"
WITHOUT_SHARE = "delete Navigator.prototype.share; delete navigator.share"


def opened(browser, site, **options):
    options = {"locale": "fr-FR", "viewport": {"width": 390, "height": 844}} | options
    return browser.new_context(base_url=site.address, **options).new_page()


def save(page):
    """Save a form without a space, and stay on the page that shows its link."""
    page.goto(FORM)
    page.get_by_label(MORE).fill("Un début")
    page.get_by_role("button", name="Enregistrer et reprendre plus tard").click()
    return page.locator(".personal-link a").get_attribute("href")


def violations(page):
    page.evaluate(OPEN_ALL)
    page.evaluate(AXE_SCRIPT)
    return [found["id"] for found in page.evaluate(FIND, RULES)]


def test_link_is_copied_in_one_gesture(browser, site):
    page = opened(browser, site, permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(WITHOUT_SHARE)
    link = save(page)

    page.get_by_role("button", name="Copier le lien").click()

    expect(page.get_by_role("status").filter(has_text="Lien copié")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    expect(page.get_by_role("button", name="Partager…")).to_be_hidden()
    assert violations(page) == []
    page.context.close()


def test_link_is_shared_where_the_browser_can(browser, site):
    page = opened(browser, site)
    page.add_init_script(WITH_SHARE)
    link = save(page)

    page.get_by_role("button", name="Partager…").click()

    assert page.evaluate("window.shared") == link
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_link_is_opened_and_sent_to_an_address(browser, site, smtp_sink, scripts):
    page = opened(browser, site, java_script_enabled=scripts)
    link = save(page)
    assert LINK.search(link)
    expect(page.get_by_role("button", name="Copier le lien")).to_be_visible(visible=scripts)

    page.get_by_text("M’envoyer ce lien").click()
    page.get_by_label("Votre adresse électronique").fill("lou")
    page.get_by_role("button", name="Envoyer le lien").click()
    expect(page.locator("#errors")).to_contain_text("Vérifiez l’adresse")
    page.get_by_label("Votre adresse électronique").fill("lou@exemple.fr")
    page.get_by_role("button", name="Envoyer le lien").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Regardez vos messages")

    wait_for(lambda: smtp_sink.mails)
    (mail,) = smtp_sink.mails
    assert link in mail.part("plain")
    page.goto(link)
    expect(page.get_by_role("button", name="Ouvrir mon espace")).to_be_visible()
    page.context.close()


def test_code_of_a_link_is_for_a_second_device(browser, site):
    page = opened(browser, site)
    save(page)
    code = page.get_by_text("Ouvrir sur un autre appareil")
    expect(code).to_be_hidden()

    page.set_viewport_size({"width": 1280, "height": 900})
    code.click()

    expect(page.get_by_role("img", name="en code QR")).to_be_visible()
    page.context.close()
