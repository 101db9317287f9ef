"""A space that nobody uses says so before it closes, and what was typed stays."""

from playwright.sync_api import expect

FORM = "/mesures/T4/contribuer"
MINUTE = 60_000
TEXT = "Un texte que personne ne veut retaper."


def is_told_of(place):
    """Say whether a screen reader knows the place, which it watches from then on."""
    return place.evaluate("(it) => getComputedStyle(it).display") != "none"


def test_unused_space_warns_is_kept_open_by_a_click_and_loses_nothing(browser, site):
    context = browser.new_context(base_url=site.address, locale="fr-FR")
    page = context.new_page()
    page.clock.install()
    page.goto(FORM)
    page.get_by_label("Que souhaitez-vous ajouter").fill("Un début")
    page.get_by_role("button", name="Enregistrer et reprendre plus tard").click()
    page.get_by_role("link", name="Continuer le formulaire").click()
    page.wait_for_load_state()
    text, says = page.get_by_label("Que souhaitez-vous ajouter"), page.locator("[data-idle]")

    page.clock.fast_forward(113 * MINUTE)
    expect(says).to_be_empty()
    assert is_told_of(says), "what appears with its words is not read aloud"
    assert says.bounding_box()["height"] == 0
    page.clock.fast_forward(2 * MINUTE)
    expect(says).to_contain_text("se ferme dans cinq minutes")
    with page.expect_response("**/contributions/rester") as kept:
        page.get_by_role("button", name="Rester").click()
    expect(says).to_be_empty()
    assert kept.value.status == 204

    page.clock.fast_forward(110 * MINUTE)
    text.fill(TEXT)
    page.clock.fast_forward(1 * MINUTE)
    expect(page.locator("[data-draft]")).to_contain_text("nregistré")
    page.clock.fast_forward(100 * MINUTE)
    expect(says).to_be_empty()
    page.clock.fast_forward(30 * MINUTE)
    expect(says).to_contain_text("s’est fermé")
    expect(text).to_have_value(TEXT)
    context.close()
