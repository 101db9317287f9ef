"""A form that comes back with what was typed: leaving it says so, or saves it."""

import re

from playwright.sync_api import expect

FORM = "/mesures/T4/contribuer"
MORE = "Que souhaitez-vous ajouter"
SEND = "Envoyer ma contribution"


def refused(page, text):
    """Send the form without the only answer that it requires."""
    page.get_by_label(MORE).fill(text)
    page.get_by_role("button", name=SEND).click()
    page.locator("#errors").wait_for()


def test_a_form_that_was_refused_is_not_left_without_a_word(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(FORM)
    refused(page, "Un texte à ne pas perdre")

    page.get_by_role("link", name="Relire la mesure").click()

    assert asked == ["beforeunload"]
    expect(page.get_by_label(MORE)).to_have_value("Un texte à ne pas perdre")
    page.context.close()


def test_what_the_browser_puts_back_is_counted_and_not_left_without_a_word(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(FORM)
    page.get_by_label(MORE).fill("mot " * 1240 + "06 12 34 56 78")
    page.goto("/mesures")
    page.go_back()

    expect(page.get_by_label(MORE)).to_have_value(re.compile("78$"))
    expect(page.get_by_text("Signes restants : 26").first).to_be_visible()
    expect(page.get_by_text("On pourrait reconnaître quelqu’un")).to_be_visible()
    asked.clear()
    page.get_by_label(MORE).click()
    page.get_by_role("link", name="Relire la mesure").click()
    assert asked == ["beforeunload"]
    page.context.close()


def test_a_form_of_a_space_that_was_refused_saves_itself(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.clock.install()
    page.goto(FORM)
    page.get_by_label(MORE).fill("Un début")
    page.get_by_role("button", name="Enregistrer et reprendre plus tard").click()
    page.get_by_role("link", name="Continuer le formulaire").click()
    refused(page, "Un début, une suite")

    page.clock.fast_forward(31_000)

    expect(page.locator("[data-draft][role=status]")).to_contain_text("nregistré")
    page.goto(page.url)
    expect(page.get_by_label(MORE)).to_have_value("Un début, une suite")
    page.context.close()
