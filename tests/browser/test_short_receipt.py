"""Receipts after the first: short, they lead on; a correction keeps its number; axe is content."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import AXE_SCRIPT, FIND, OPEN_ALL, RULES

MORE = "Que souhaitez-vous ajouter"
SEND = re.compile("Envoyer (ma contribution|la correction)")


def send(page, text):
    page.get_by_label(MORE).fill(text)
    page.get_by_role("button", name=SEND).click()
    page.locator(".receipt").wait_for()


def violations(page):
    page.evaluate(OPEN_ALL)
    page.evaluate(AXE_SCRIPT)
    return [found["id"] for found in page.evaluate(FIND, RULES)]


@pytest.mark.parametrize(
    ("width", "scheme", "scripts"), [(390, "dark", True), (1280, "light", False)]
)
def test_from_receipt_to_receipt_and_a_correction(browser, site, width, scheme, scripts):
    page = browser.new_context(
        base_url=site.address, locale="fr-FR", color_scheme=scheme, java_script_enabled=scripts,
        viewport={"width": width, "height": 844},
    ).new_page()  # fmt: skip
    checked = (lambda: violations(page)) if scripts else list

    page.goto("/mesures/T4/contribuer")
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    send(page, "Un premier avis")
    number = page.locator(".receipt-code").inner_text()
    following = page.get_by_role("button", name="Mesure suivante :")
    title = following.inner_text().partition(": ")[2]
    assert checked() == []

    following.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    send(page, "Un deuxième avis")
    expect(page.get_by_text("Enregistré, n°")).to_be_visible()
    expect(page.locator(".personal-link, .qr")).to_have_count(0)
    assert checked() == []

    page.get_by_role("link", name="Choisir une autre mesure").click()
    expect(page.get_by_role("heading", name="Toutes les mesures")).to_be_in_viewport()
    assert checked() == []
    page.get_by_role("link", name=f"Corriger la contribution {number}").click()
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("heading", name="Vous n’avez rien changé")).to_be_visible()
    assert checked() == []

    page.get_by_role("link", name=f"Corriger la contribution {number}").click()
    send(page, "Un premier avis, mûri")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre correction est enregistrée")
    expect(page.get_by_text(re.compile(f"{number}.*version 2"))).to_be_visible()
    assert checked() == []
    page.context.close()
