"""What a colleague typed before the connection ended is in its field after signing in again."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role, StaffSession
from consultation.clock import now
from consultation.db.base import writing
from tests.accounts.builders import PASSWORD, make_account

EMAIL = "equipe@exemple.fr"
FORM = "/organisation/plan/mesures/T7"
TEXT = "Un long texte, écrit avec soin,\nque personne ne veut écrire deux fois."


@pytest.fixture
def page(browser, site, session):
    make_account(session, EMAIL, Role.ORGANISER)
    session.rollback()
    context = browser.new_context(base_url=site.address, locale="fr-FR")
    page = context.new_page()
    page.goto("/connexion")
    sign_in(page)
    page.wait_for_url("**/organisation/")
    yield page
    context.close()


def sign_in(page):
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def test_texts_are_back_in_their_fields_after_signing_in_again(page, session):
    page.goto(FORM)
    form = page.locator("main form[method=post]").filter(has=page.locator("textarea")).first
    field = form.locator("textarea").first
    name = field.get_attribute("name")
    field.fill(TEXT)
    with writing(session()):
        session.execute(sa.update(StaffSession).values(revoked_at=now()))
    form.locator("button").last.click()
    page.get_by_role("heading", name="Votre connexion a pris fin").wait_for()
    page.get_by_role("link", name="Se connecter").click()
    sign_in(page)

    page.get_by_text("est remis dans ce formulaire").wait_for()
    assert page.url.endswith(FORM)
    assert page.locator(f"textarea[name='{name}']").input_value() == TEXT
    assert page.evaluate("sessionStorage.getItem('typed')") is None
