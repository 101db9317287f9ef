"""Editor of the questionnaire by keyboard alone, without scripts; then axe on its pages."""

import re

from playwright.sync_api import expect

from consultation.accounts import invitations
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from tests.browser.axe import violations
from tests.browser.test_accessibility import PASSWORD

PLACE = "/organisation/tours/tour-1/questionnaire"
MOST_TABS = 250


def sign_in(page, session, site):
    with writing(session()):
        token = invitations.invitation_token(session(), Role.ORGANISER, "equipe@exemple.fr", now())
    page.goto(invitations.invitation_link(site.address, token))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.wait_for_url("**/organisation/")


def tab_to(page, wanted, key="Tab"):
    """Press Tab until `wanted` has the focus, as an organiser without a mouse does."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if wanted.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError("the keyboard does not come there")


def press(page, wanted, key="Tab"):
    tab_to(page, wanted, key)
    page.keyboard.press("Enter")


def test_questionnaire_is_edited_with_the_keyboard_alone(browser, site, session):
    context = browser.new_context(
        base_url=site.address, java_script_enabled=False, locale="fr-FR", reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, session, site)

    page.goto(PLACE)
    press(page, page.get_by_role("link", name="Que faire de cet indicateur"))
    expect(page).to_have_title(re.compile("^Modifier une question"))
    tab_to(page, page.get_by_label("Intitulé", exact=True))
    page.keyboard.press("End")
    page.keyboard.type(" (un seul choix)")
    tab_to(page, page.locator("#option-5-fr"))
    page.keyboard.type("le préciser")
    press(page, page.locator(".actions button"))
    page.wait_for_url("**#question-stance")

    up = page.locator("#up-question-source")
    press(page, up)
    page.wait_for_url("**#up-question-source")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(up).to_be_focused()
    labels = page.locator("#section-indicator ol a[dir]").all_inner_texts()
    texts = page.locator("#section-indicator").inner_text()
    looks = with_axe(browser, site, context)

    press(page, page.get_by_role("link", name="Abandonner les modifications"), "Shift+Tab")
    press(page, page.get_by_role("button", name="Abandonner les modifications"))
    expect(page.get_by_text("Rien à publier")).to_be_visible()
    back = page.locator("#section-indicator ol a[dir]").all_inner_texts()
    context.close()

    assert [label.replace("’", "'")[:18] for label in labels] == [
        "Que faire de cet i", "Permet-il d'évalue", "Peut-on le mesurer", "Où trouver les don",
        "Pourquoi\u202f?", "Quelle formulation",
    ]  # fmt: skip
    assert "(un seul choix)" in labels[0]
    assert "une réponse au choix (6)" in texts
    assert back[-1].startswith("Où trouver")
    assert looks == []


def with_axe(browser, site, context):
    """What axe finds on the pages of the editor, with the scripts that it needs."""
    scripted = browser.new_context(
        base_url=site.address,
        storage_state=context.storage_state(),
        locale="fr-FR",
        reduced_motion="reduce",
    )
    page = scripted.new_page()
    issues = []
    for address in ["", "/questions/stance", "/rubriques/missing", "/questions/stance/retrait"]:
        page.goto(PLACE + address)
        issues += violations(page)
    scripted.close()
    return issues


def test_editor_shows_what_a_kind_asks_for_as_soon_as_it_is_chosen(browser, site, session):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, session, site)
    page.goto(f"{PLACE}/rubriques/missing/question")
    page.get_by_label("Intitulé", exact=True).fill("Depuis quand ?")
    choice = page.get_by_role("radio", name="Une réponse au choix")

    with page.expect_navigation():
        choice.check()

    expect(page.locator("input[name=option_fr]").first).to_be_visible()
    expect(page.get_by_label("Intitulé", exact=True)).to_have_value("Depuis quand ?")
    expect(choice).to_be_focused()
    expect(page.get_by_role("button", name="Afficher ce type")).to_be_hidden()
    page.locator("#option-0-fr").fill("De six mois à deux ans")
    page.locator("#option-1-fr").fill("Depuis plus de deux ans")
    page.locator(".actions button").click()
    page.wait_for_url("**#question-depuis_quand")
    expect(page.get_by_text("La question est enregistrée")).to_be_in_viewport()
    expect(page.locator("#question-depuis_quand a[dir]")).to_be_in_viewport()
    context.close()
