"""Pages of the team on a site that has one of everything: no violation that axe can see."""

import pytest

from tests.accounts.builders import PASSWORD as STAFF_PASSWORD
from tests.accounts.builders import give_code_in
from tests.browser.answers import page_at
from tests.browser.axe import OPEN_ALL, QUICK, RULES, violations
from tests.faults.server import Server
from tests.hostile.furnished import STAFF as STAFF_ADDRESS
from tests.hostile.furnished import furnish
from tests.hostile.places import places_of
from tests.inbox.builders import make_mail

STAFF_PREFIXES = ("/organisation", "/moderation", "/administration", "/connexion/mot-de-passe")
REFUSED = {
    "/administration/comptes": "Inviter",
    "/administration/courriels/arrets": "Ne plus lui écrire",
    "/connexion/mot-de-passe": "Changer le mot de passe",
    "/organisation/avancement/T7": "Ajouter l’évaluation",
    "/organisation/avancement/importer-des-evaluations": "Voir ce qui change",
    "/organisation/contributions/saisir/T7": "Enregistrer cette réponse",
    "/organisation/courrier/ajouter": "Ajouter ces courriels",
    "/organisation/exports/reglages/nouveau": "Garder ces réglages",
    "/organisation/invitations/contacts/nouveau": "Ajouter ce contact",
    "/organisation/invitations/importer": "Voir ce qui change",
    "/organisation/invitations/messages/nouveau": "Enregistrer le brouillon",
    "/organisation/plan/ajouter-une-mesure": "Ajouter",
    "/organisation/plan/import": "Voir ce qui change",
    "/organisation/tours/tour-2/questionnaire/rubrique": "Enregistrer",
}
"""The button that sends the form of a page as it is, which is refused with a summary."""


@pytest.fixture
def made(app, session, settings):
    """One of everything that the pages of the staff show, in hostile words."""
    return furnish(app, session)


@pytest.fixture
def furnished(browser, made, settings, smtp_sink):
    """A page of somebody of every role, on a site that has one of everything."""
    names = ("KEYS_DIR", "EXPORTS_DIR")
    kept = {name: settings[name] for name in names}
    server = Server(
        settings["HOME"], database_url=settings["DATABASE_URL"], **kept, **smtp_sink.settings
    )
    server.start()
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{server.port}", locale="fr-FR", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Adresse").fill(STAFF_ADDRESS)
    page.get_by_label("Mot de passe").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    give_code_in(page)
    page.wait_for_url("**/organisation/")
    yield page
    context.close()
    server.close()


def staff_addresses(app, made):
    """The first address of each rule of the staff's pages."""
    places = places_of(app, made).items()
    return [found[0] for rule, found in sorted(places) if found and rule.startswith(STAFF_PREFIXES)]


def opens(page, address):
    """Open an address; say whether it gives a page: no file to keep, and no way to another."""
    answer = page_at(page, address)
    return answer is not None and answer.request.redirected_from is None and answer.ok


@pytest.mark.looks
@pytest.mark.timeout(900)
def test_every_page_of_the_staff_has_no_violation(app, made, furnished, is_long):
    found, count = [], 0
    for address in staff_addresses(app, made):
        if opens(furnished, address):
            count += 1
            furnished.evaluate(OPEN_ALL)
            found += violations(furnished, RULES if is_long else QUICK)

    assert found == []
    assert count > 100


@pytest.mark.looks
@pytest.mark.timeout(900)
def test_what_the_staff_is_refused_has_no_violation(furnished):
    found = []
    for address, button in REFUSED.items():
        furnished.goto(address)
        furnished.get_by_role("button", name=button, exact=True).click()
        furnished.locator("[role=alert], .problems, #errors").first.wait_for()
        found += violations(furnished)

    assert found == []


@pytest.mark.looks
@pytest.mark.timeout(600)
def test_previews_and_files_with_findings_have_no_violation(furnished, tmp_path):
    contacts, mail = tmp_path / "contacts.csv", tmp_path / "message.eml"
    contacts.write_text("Adresse;Nom;Langue\npas-une-adresse;Jeanne;xx\n", "utf-8")
    mail.write_bytes(make_mail(subject="Mesure T7"))
    page = furnished
    page.goto("/organisation/invitations/importer")
    page.get_by_label("Fichier").set_input_files(contacts)
    page.get_by_label("D’où viennent ces adresses ?").fill("Adhérents")
    page.get_by_label("Nom du nouveau groupe").fill("Associations")
    page.get_by_role("button", name="Voir ce qui change").click()
    page.get_by_text("rien n’a été importé").wait_for()
    found = violations(page)
    page.goto("/organisation/courrier/ajouter")
    page.get_by_label("Fichiers").set_input_files(mail)
    page.get_by_role("button", name="Ajouter ces courriels").click()
    page.get_by_role("heading", name="1 courriel ajouté").wait_for()
    found += violations(page)
    for address, button in (
        ("/moderation", "Écarter les textes cochés…"),
        ("/organisation/courrier", "Mettre de côté les messages cochés…"),
    ):
        page.goto(address)
        page.locator("main tbody [type=checkbox]").first.check()
        page.locator("main form:has(tbody) select").first.select_option(index=1)
        page.get_by_role("button", name=button).click()
        page.get_by_role("link", name="Revenir sans rien décider").wait_for()
        found += violations(page)

    assert found == []
