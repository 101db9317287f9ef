"""What is pasted into a form, too long or no text at all, is told of and never lost."""

import re

from playwright.sync_api import expect

FORM = "/mesures/T4/contribuer"
MORE, ORGANISATION = "Que souhaitez-vous ajouter", "Votre organisation"
PASTED = "Phrase numéro un. " * 560 + "La fin."


def test_too_long_pasted_text_stays_whole_and_is_counted(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.goto(FORM)
    assert len(PASTED) > 10_000

    page.get_by_label(MORE).click()
    page.keyboard.insert_text(PASTED)
    page.get_by_label(ORGANISATION).click()
    page.keyboard.insert_text("x" * 400)

    over = f"{len(PASTED) - 5000:,}".replace(",", "\u202f")
    expect(page.get_by_label(MORE)).to_have_value(PASTED)
    expect(page.get_by_label(ORGANISATION)).to_have_value("x" * 400)
    expect(page.get_by_text(f"{over} caractères de trop").first).to_be_visible()
    page.get_by_role("button", name="Envoyer ma contribution").click()
    expect(page.locator("#errors")).to_contain_text(re.compile(r"dépasse de \d"))
    expect(page.get_by_label(MORE)).to_have_value(PASTED)
    expect(page.get_by_label(ORGANISATION)).to_have_value("x" * 400)
    page.context.close()


def test_pasted_text_with_a_nul_comes_back_whole_and_is_taken(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.goto(FORM)
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    page.get_by_label(MORE).evaluate("area => { area.value = 'Avant \\u0000après'; }")

    page.get_by_role("button", name="Envoyer ma contribution").click()

    expect(page.locator("#notice")).to_contain_text("Des caractères illisibles ont été enlevés")
    expect(page.get_by_label(MORE)).to_have_value("Avant après")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    page.context.close()


def test_back_from_the_page_that_refuses_a_whole_book_has_the_book(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(FORM)
    page.get_by_label(ORGANISATION).fill("Le Foyer")
    page.get_by_label(MORE).evaluate("area => { area.value = 'é'.repeat(800_000); }")

    page.get_by_role("button", name="Envoyer ma contribution").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("trop volumineux")
    page.go_back()

    expect(page.get_by_label(ORGANISATION)).to_have_value("Le Foyer")
    assert page.get_by_label(MORE).evaluate("area => area.value.length") == 800_000
    page.context.close()
