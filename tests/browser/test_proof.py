"""The proof of work in a real browser: unasked, within the strict policy, or done without."""

import re
import time

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.accounts import site_switches
from consultation.accounts.models import Role, Switch
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.responses.models import Submission
from consultation.work.services import Work
from tests.accounts.builders import give_code_in, make_account
from tests.browser.axe import violations

FORM = "/mesures/T4/contribuer"
EMAIL = "equipe@exemple.fr"
QUICKLY_ENOUGH = 10  # seconds, on two cores that others use as well
WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
"""


@pytest.fixture
def attacked(site, session):
    """The site while an administrator asks for proofs."""
    roles = frozenset({Role.ADMINISTRATOR})
    actor = StaffActor(make_account(session(), EMAIL, *roles), EMAIL, roles)
    with writing(session()):
        site_switches.turn_on(Work(session(), actor, now()), Switch.PROOF_OF_WORK)
    return site


def fill_in_and_send(page):
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    page.get_by_label("Que souhaitez-vous ajouter").fill("Élargir à l'outre-mer 🌍.")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    page.wait_for_url("**/recu/**")


def doubt(session):
    session().rollback()
    return session().scalars(sa.select(Submission.doubt)).one()


def test_browser_proves_its_work_by_itself_and_the_form_is_not_doubted_for_it(
    browser, attacked, session
):
    context = browser.new_context(
        base_url=attacked.address, locale="fr-FR", reduced_motion="reduce"
    )
    context.add_init_script(WATCH)
    page = context.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    begun = time.monotonic()
    page.goto(FORM)

    state = page.locator("[data-proof]")
    expect(state).to_have_text("Vérification anti-robot faite.", timeout=QUICKLY_ENOUGH * 1000)
    seconds = time.monotonic() - begun
    found = violations(page)
    refused = page.evaluate("refused")
    fill_in_and_send(page)

    assert found == []
    assert refused == []
    assert complaints == []
    assert seconds < QUICKLY_ENOUGH
    assert all(address.startswith(attacked.address) for address in requests)
    assert [it["name"] for it in context.cookies()] == ["displayed"]
    # The haste of this test may be doubted; a missing proof would be named first.
    assert doubt(session) in (None, "quick")
    context.close()


def test_without_scripts_the_form_is_stored_for_somebody_to_look_at(browser, attacked, session):
    context = browser.new_context(
        base_url=attacked.address, locale="fr-FR", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(FORM)
    told = page.inner_text("main")

    fill_in_and_send(page)

    assert "robot" not in told
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    assert doubt(session) == "no_proof"
    context.close()


def test_browser_that_can_not_compute_says_so_and_sends_all_the_same(browser, attacked, session):
    context = browser.new_context(base_url=attacked.address, locale="fr-FR")
    page = context.new_page()
    page.route(re.compile("pbkdf2"), lambda route: route.abort())
    page.goto(FORM)

    expect(page.locator("[data-proof]")).to_contain_text("Envoyez quand même")
    fill_in_and_send(page)

    assert doubt(session) == "no_proof"
    context.close()


@pytest.mark.looks
def test_page_of_the_switch_has_no_violation(browser, attacked, session):
    context = browser.new_context(base_url=attacked.address, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Adresse").fill(EMAIL)
    page.get_by_label("Mot de passe").fill("une phrase d’été, assez longue")
    page.get_by_role("button", name="Se connecter").click()
    give_code_in(page)
    page.wait_for_url("**/organisation/")
    page.goto("/administration/attaque")
    on = violations(page)
    page.get_by_role("button", name="Arrêter la vérification").click()
    page.get_by_role("button", name="Activer la vérification").wait_for()

    assert on + violations(page) == []
    context.close()
