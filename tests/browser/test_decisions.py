"""From three answers to a more precise tool: read, decided, published, and told."""

import re

import pytest
from playwright.sync_api import expect

from consultation.accounts.models import Role
from tests.accounts.builders import PASSWORD, make_account
from tests.browser.test_journey import choose, wait_for

DESKTOP = {"width": 1280, "height": 900}
EMAIL = "organisation@exemple.fr"
PROPOSAL = "Nuits refusées faute de place, par mois"
OTHERS = ("Il manque les nuits refusées.", "Comptez ce que l'on refuse.")
TEXT_LINK = "main a[href*='/moderation/textes/']"
REASON = "Plusieurs associations comptent déjà les nuits refusées."


def answer(browser, site, text, scripts, address=""):
    """A visitor proposes another wording of the first indicator of a measure."""
    context = browser.new_context(
        base_url=site.address, java_script_enabled=scripts, locale="fr-FR"
    )
    page = context.new_page()
    page.goto("/mesures/T7/contribuer")
    choose(page, "Que faire de cet indicateur", "Le reformuler")
    page.get_by_label("Quelle formulation proposez-vous ?").first.fill(text)
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    if address:
        page.get_by_label("Votre adresse électronique").fill(address)
        page.get_by_label("Le collectif peut m’écrire").check(force=True)
    choose(page, "Peut-on publier des extraits", "Oui, sans mon nom")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    context.close()


@pytest.mark.parametrize(
    "scripts",
    [
        pytest.param(True, id="with scripts"),
        pytest.param(False, id="without scripts", marks=pytest.mark.once),
    ],
)
def test_three_answers_become_an_edition(browser, site, session, smtp_sink, scripts):
    answer(browser, site, PROPOSAL, scripts, "jeanne@exemple.fr")
    for text in OTHERS:
        answer(browser, site, text, scripts)
    make_account(session, EMAIL, Role.ORGANISER, Role.MODERATOR)
    staff = browser.new_context(
        base_url=site.address, viewport=DESKTOP, java_script_enabled=scripts, locale="fr-FR"
    ).new_page()
    staff.goto("/connexion")
    staff.locator("#email").fill(EMAIL)
    staff.locator("#password").fill(PASSWORD)
    staff.get_by_role("button", name="Se connecter").click()
    publish_texts(staff, len(OTHERS) + 1)

    staff.goto("/organisation/preciser/indicateurs/T7.1")
    entry = staff.get_by_role("listitem").filter(has_text=PROPOSAL)
    entry.get_by_role("button", name="Reprendre ce texte").click()
    expect(staff.get_by_label("Intitulé", exact=True)).to_have_value(PROPOSAL)
    expect(staff.get_by_role("checkbox", name=PROPOSAL)).to_be_checked()
    staff.get_by_role("checkbox", name=OTHERS[0]).check(force=True)
    staff.get_by_role("radio", name=re.compile("^Modifier")).check(force=True)
    if scripts:
        staff.get_by_label("Définition", exact=True).fill("Au 31 décembre.")
        expect(staff.locator("[data-remarks] ins").first).to_be_visible()
    staff.get_by_label("Pourquoi", exact=True).fill(REASON)
    staff.get_by_role("button", name="Décider").click()
    expect(staff.get_by_text("C’est décidé pour T7.1.")).to_be_visible()

    staff.goto("/organisation/preciser")
    staff.get_by_role("link", name="Publier 1 décision").click()
    staff.get_by_label("Titre", exact=True).fill("Version révisée")
    staff.get_by_role("button", name="Voir ce que l’édition change").click()
    expect(staff.get_by_text("formulaire renouvelé").first).to_be_visible()
    staff.get_by_role("button", name="Publier l’édition 1").click()
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Version révisée")
    public = browser.new_context(base_url=site.address, java_script_enabled=scripts).new_page()
    read_public_pages(public)
    write_to_those_who_spoke(staff)
    wait_for(lambda: [it for it in smtp_sink.mails if "/decisions?edition=1" in it.part("plain")])
    read_mail_and_space(public, smtp_sink.mails)


def read_public_pages(page):
    """From the measure to its indicator, the decisions and the document."""
    page.goto("/mesures/T7")
    page.get_by_role("link", name=PROPOSAL).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(PROPOSAL)
    expect(page.get_by_text(REASON).first).to_be_visible()
    expect(page.locator("ins").first).to_be_visible()
    page.goto("/decisions")
    expect(page.get_by_text(REASON).first).to_be_visible()
    assert PROPOSAL in page.request.get("/decisions.json").text()
    assert PROPOSAL in page.request.get("/decisions.csv").text()
    page.goto("/document")
    page.get_by_role("link", name="Lire les mesures").click()
    expect(page.get_by_text(PROPOSAL).first).to_be_visible()
    for extension, beginning in (("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!doctype html>")):
        file = page.request.get(f"/document/edition-1.{extension}")
        assert file.ok
        assert file.body().lstrip().startswith(beginning)


def write_to_those_who_spoke(staff):
    """From the edition to a mail that leaves, before the round is over, as the box says."""
    staff.get_by_role("link", name="Écrire aux personnes qui se sont exprimées").click()
    staff.get_by_label("Écrire avant la fermeture").check(force=True)
    staff.get_by_role("button", name="Enregistrer le brouillon").click()
    staff.get_by_role("link", name="Voir l’aperçu").click()
    expect(staff.get_by_text("Hébergement spécialisé").first).to_be_visible()
    staff.go_back()
    staff.get_by_role("button", name="Lancer l’envoi").click()


def read_mail_and_space(page, mails):
    """The mail holds nobody's text; its link leads to what became of what was said."""
    (mail,) = [it for it in mails if "/decisions?edition=1" in it.part("plain")]
    assert not [text for text in (PROPOSAL, *OTHERS) if text in mail.content.decode()]
    page.goto(re.search(r"http\S+/contributions/ouvrir/\S+", mail.part("plain"))[0])
    page.get_by_role("button", name="Ouvrir mon espace").click()
    page.get_by_role("link", name="Ce que deviennent mes contributions").click()
    expect(page.get_by_text(REASON).first).to_be_visible()
    expect(page.get_by_text("Votre texte est parmi ceux").first).to_be_visible()


def publish_texts(staff, count):
    """Read every text that waits, and publish it."""
    for _ in range(count):
        staff.goto("/moderation")
        wait_for(lambda: staff.reload() and staff.locator(TEXT_LINK).count())
        staff.locator(TEXT_LINK).first.click()
        staff.get_by_role("button", name=re.compile("^Publier$")).click()
