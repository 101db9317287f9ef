"""A list of contacts whose columns are unknown, from its upload to its group."""

import pytest
from playwright.sync_api import expect

from consultation.accounts.models import Role
from tests.accounts.builders import PASSWORD, make_account
from tests.browser.axe import violations
from tests.invitations.builders import make_group, make_invitee

EMAIL = "lou@association.example"
LIST = "Où écrire;Qui;Maison\njeanne@exemple.fr;Jeanne Été;\nzoe@exemple.fr;Zoé;Le Refuge\n"


@pytest.mark.looks
def test_columns_are_told_and_changes_read_before_a_list_is_stored(browser, site, session):
    make_account(session, EMAIL, Role.ORGANISER)
    make_invitee(session, make_group(session), "jeanne@exemple.fr", "Jeanne")
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    page.goto("/connexion")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()

    page.goto("/organisation/invitations/importer")
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.locator("#file").set_input_files(file)
    page.locator("#new_group").fill("Juristes")
    page.locator("#origin").fill("Adhérents")
    page.get_by_role("button", name="Voir ce qui change").click()
    found = violations(page)
    page.get_by_label("Où écrire").select_option("Adresse")
    page.get_by_label("Qui", exact=True).select_option("Nom")
    page.get_by_label("Maison").select_option("Organisation")
    page.get_by_role("button", name="Voir ce qui change").click()
    expect(page.get_by_text("2 contacts entrent dans un nouveau groupe")).to_be_visible()
    found += violations(page)
    page.get_by_role("button", name="Confirmer").click()

    expect(page.get_by_text("1 contact ajouté, 1 contact mis à jour")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Juristes")
    assert found == []
    context.close()
