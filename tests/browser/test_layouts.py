"""One page of each layout, with axe, and an administrator who comes to all of them."""

import re
from pathlib import Path

import pytest

from consultation.accounts import invitations
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from tests.accounts.builders import PASSWORD, set_up_in
from tests.browser.axe import violations

TEMPLATES = Path(__file__).parents[2] / "templates"
PUBLIC = {
    "base.html": "/",
    "responses/submission/form.html": "/mesures/T7/contribuer",
    "accounts/sign_in/layout.html": "/connexion",
}
STAFF = {
    "staff.html": "/organisation/",
    "spreadsheets/import/upload.html": "/organisation/plan/import",
}
OF_MAILS = {"mail/messages/_letter.html"}
COLLEAGUE = "nour@exemple.fr"


def test_each_layout_has_a_page_here():
    extended = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'extends "([^"]+)"', path.read_text("utf-8"))
    }

    assert extended - OF_MAILS == PUBLIC.keys() | STAFF.keys()


@pytest.mark.layout
@pytest.mark.journey("administrator")
def test_administrator_opens_an_account_invites_a_colleague_and_sees_no_violation(
    browser, session, site
):
    with writing(session()):
        token = invitations.invitation_token(session(), Role.ADMINISTRATOR, "a@exemple.fr", now())
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    found = []
    for address in PUBLIC.values():
        page.goto(address)
        found += violations(page)
    page.goto(invitations.invitation_link(site.address, token))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.wait_for_url("**/deux-etapes")
    set_up_in(page)
    page.goto("/administration/comptes")
    page.get_by_label("Adresse").fill(COLLEAGUE)
    page.get_by_label("modération").check()
    page.get_by_role("button", name="Inviter", exact=True).click()
    page.get_by_role("main").get_by_text(COLLEAGUE).first.wait_for()
    for address in STAFF.values():
        page.goto(address)
        found += violations(page)
    context.close()

    assert found == []
