"""Every page and state, on a dark phone and on a light desk: no violation that axe can see."""

import re
from datetime import timedelta

import pytest

from consultation.accounts import invitations
from consultation.accounts.models import Account, Role
from consultation.accounts.sign_in.passwords import reset_token
from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox import confirmation
from consultation.institutions.replies import requests
from consultation.moderation import screening as moderation_screening
from consultation.moderation.danger import alerts, screening
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.values import record
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.plan.values.record import Report
from consultation.questionnaires.models import Round
from consultation.results.public import preview_image
from consultation.work.services import Work
from tests.accounts.builders import make_account, set_up_in
from tests.browser.axe import OPEN_ALL, violations
from tests.browser.test_journey import wait_for
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    make_published_text,
)
from tests.inbox.builders import bring_in_one
from tests.institutions.replies.builders import act, link_to, make_request
from tests.plan.values.builders import MEASURED as MEASURED_AS
from tests.plan.values.builders import make_public_value, redefine
from tests.reports.builders import make_report
from tests.results.public.test_results_pages import quote
from tests.results.publishing_builders import answer_many, publish

FORM = "/mesures/T4/contribuer"
PUBLIC = [
    "/", "/en/", "/mesures", "/mesures?q=zzz", "/mesures?mot=justice",
    "/dix-minutes", "/dix-minutes?mesures=T7,T4", "/mesures/T7", FORM, "/en" + FORM,
    "/outil/contribuer", "/donnees-personnelles", "/accessibilite", "/securite", "/rien",
    "/contributions/", "/connexion", "/connexion/oubli", "/contributions/retrouver",
    "/plan", "/en/plan", "/plan?q=zzz", "/plan/T7",
]  # fmt: skip
DECISIONS = [
    "/decisions", "/decisions?par=mesure", "/decisions?suite=later", "/en/decisions?edition=1",
    "/mesures/T7/indicateurs/T7.1", "/en/mesures/T7/indicateurs/T7.1",
]  # fmt: skip
MEASURED = [
    "/plan", "/en/plan", "/plan/T7", "/mesures/T7", "/mesures/T7/indicateurs/T7.1", "/bilan",
    "/en/bilan", "/bilan/1/axes/T", "/en/bilan/1/axes/T", "/bilan/1/mesures/T7",
    "/en/bilan/1/mesures/T7", "/bilan/1/chiffres/valeur:T7.1@mi-parcours",
    "/bilan/1/chiffres/mot:T7.1",
]  # fmt: skip
RESULTS = [
    "/resultats", "/resultats?q=zzz", "/resultats/T7", "/resultats/T7/citations",
    "/en/resultats/T7", "/resultats/outil",
]  # fmt: skip
STAFF = [
    "/organisation/", "/organisation/contributions/", "/organisation/exports",
    "/organisation/invitations", "/organisation/invitations/importer", "/organisation/courrier",
    "/organisation/invitations/suites-donnees/nouveau",
    "/administration/courriels", "/administration/courriels/boite",
    "/moderation", "/moderation/charte", "/moderation/textes-semblables", "/administration/attaque",
    "/administration/courriels/arrets", "/connexion/mot-de-passe",
    "/organisation/compte", "/organisation/compte/deux-etapes", "/administration/comptes",
    "/administration/journal", "/organisation/plan", "/organisation/plan/mesures/T7",
    "/organisation/plan/import", "/organisation/avancement", "/organisation/avancement/T7",
    "/organisation/tours", "/organisation/tours/tour-1", "/organisation/tours/tour-1/textes",
    "/organisation/tours/tour-1/questionnaire", "/organisation/tours/tour-1/publication",
    "/organisation/tours/tour-1/questionnaire/questions/stance",
    "/organisation/tours/tour-1/apercu", "/organisation/couverture",
    "/organisation/exports/contacts", "/organisation/exports/reglages/nouveau?mesure=T7&mesure=T99",
    "/organisation/resultats", "/organisation/resultats/T7", "/organisation/resultats/T7/apercu",
    "/organisation/resultats/publier", "/administration/donnees",
]  # fmt: skip
OWN = [
    "/contributions/mesures/T4", "/contributions/moi", "/contributions/copie",
    "/contributions/effacer", "/contributions/retirer", "/contributions/suites",
]  # fmt: skip
PASSWORD = "une phrase assez longue pour tenir"


@pytest.fixture
def page(browser, site):
    context = browser.new_context(
        base_url=site.address, locale="fr-FR", reduced_motion="reduce"
    )  # a colour that is still changing has no contrast to measure
    yield context.new_page()
    context.close()


@pytest.mark.looks
def test_public_pages_have_no_violation(page):
    found = []
    for address in PUBLIC:
        page.goto(address)
        page.evaluate(OPEN_ALL)
        found += violations(page)

    assert found == []


@pytest.mark.looks
def test_pages_of_decisions_have_no_violation(page, session, site):
    empty = [page.goto("/decisions").status, *violations(page)]
    opened, organiser = session.query(Round).one(), make_organiser(session)
    for number in range(2):
        text = make_published_text(session, opened, f"Un texte publié, le numéro {number}.")
        subject = indicator_subject(session)
        decision = make_decision(
            session, organiser, subject, label=f"Places ouvertes {number}", answer_ids=[text]
        )
        make_edition(session, organiser, decision, introduction={"fr": "Voici *ce qui change*."})
    found = []
    for address in DECISIONS:
        page.goto(address)
        page.evaluate(OPEN_ALL)
        found += violations(page)

    assert (empty, found) == ([200], [])


@pytest.mark.looks
@pytest.mark.timeout(600)
def test_pages_of_values_and_of_a_report_have_no_violation(page, session, site):
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        measurements.store(indicator.version, MEASURED_AS, now())
    actor = make_organiser(session)
    make_public_value(session, actor, indicator, 120.0, point=ValuePoint.INTERIM, source="Rapport")
    make_public_value(session, actor, indicator, 150.0, source="Rapport")
    make_public_value(session, actor, indicator, 3.0, point=ValuePoint.FINAL, source="Enquête")
    redefine(session, indicator, MEASURED_AS)
    make_public_value(session, actor, indicator, 90.0, point=ValuePoint.FINAL, source="Rapport")
    cited = "Il y en a {{valeur:T7.1@mi-parcours}}."
    make_report(session, actor, introduction=cited)
    found = []
    for address in MEASURED:
        assert page.goto(address).ok, address
        page.evaluate(OPEN_ALL)
        found += violations(page)

    assert found == []


@pytest.mark.looks
def test_pages_of_results_have_no_violation(page, session, site):
    empty = [page.goto("/resultats").status, *violations(page)]
    opened = session.query(Round).one()
    for number in range(14):
        quote(session, opened, f"Un texte publié, le numéro {number}.", measure="T7")
    stance, notes = ("T7.1", "stance"), ("T7.1", "relevance")
    answer_many(
        session, opened, "T7",
        (9, {stance: "keep", notes: 8}, {"capacity": "justice"}),
        (7, {stance: "drop", notes: 2}, {"capacity": "police", "territory": "corse"}),
        (6, {stance: "amend", notes: 5}, {"capacity": "citizen"}),
    )  # fmt: skip
    published = publish(session, opened)
    with writing(session()):
        for snapshot in published:
            snapshot.public = snapshot.public | {"responses_by_mail": 6}
    preview_image.draw_due(session())

    found = []
    for address in RESULTS:
        assert page.goto(address).status == 200, address
        page.evaluate(OPEN_ALL)
        found += violations(page)

    assert (empty, found) == ([200], [])


@pytest.mark.looks
def test_form_filled_in_error_and_its_receipt_have_no_violation(page):
    page.goto(FORM)
    page.get_by_label("Quelle formulation proposez-vous ?", exact=False).first.evaluate(
        "field => field.value = 'Une formulation'"
    )
    filled = violations(page)
    page.get_by_role("button", name="Envoyer ma contribution").click()
    page.wait_for_url("**" + FORM)
    page.locator("#errors").wait_for()
    wrong = violations(page)
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    page.get_by_label("Que souhaitez-vous ajouter").fill("Rien de plus.")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    page.wait_for_url("**/recu/**")
    receipt = violations(page)
    page.goto(page.locator(".personal-link").inner_text())
    knocking = violations(page)
    page.get_by_role("button", name="Ouvrir mon espace").click()
    own = violations(page)
    for address in OWN:
        page.goto(address)
        own += violations(page)

    assert filled + wrong + receipt + knocking + own == []


@pytest.mark.looks
def test_closed_round_has_no_violation(page, session):
    with writing(session()):
        over = session.query(Round).one()
        over.opens_at, over.closes_at = now() - timedelta(days=9), now() - timedelta(hours=3)

    page.goto(FORM)
    form = violations(page)
    page.goto("/")

    assert form + violations(page) == []


@pytest.mark.looks
def test_what_is_saved_for_later_has_no_violation(page, session):
    save_for_later(page, FORM)
    page.wait_for_url("**/contributions/enregistre/**")
    saved = violations(page)
    save_for_later(page, "/mesures/T5/contribuer")
    page.get_by_text("Un espace est ouvert dans ce navigateur").wait_for()
    asked = violations(page)
    page.get_by_role("button", name="Enregistrer dans cet espace").first.click()
    page.wait_for_url("**/contributions/mesures/T5#notice")
    draft = violations(page)
    left_open = page.context.new_page()
    left_open.goto(OWN[0])
    page.goto(OWN[0])
    send(page)
    page.wait_for_url("**/recu/**")
    left_open.get_by_label("Que souhaitez-vous ajouter").fill("D'un autre onglet.")
    send(left_open)
    left_open.get_by_text("Une autre version a été envoyée").wait_for()
    stale_page = violations(left_open)
    with writing(session()):
        over = session.query(Round).one()
        over.opens_at, over.closes_at = now() - timedelta(days=9), now() - timedelta(hours=3)
    page.goto("/contributions/mesures/T5")
    page.get_by_text("Votre brouillon, tel que vous l’avez laissé").wait_for()
    closed = violations(page)

    assert saved + asked + draft + stale_page + closed == []


def links_that_stop(smtp_sink, site):
    """The links by which a person gets no more mail; the team's own summary has none."""
    told = "\n".join(mail.part("plain") for mail in smtp_sink.mails)
    return re.findall(rf"{site.address}/courriel/arret/\S+", told)


@pytest.mark.looks
def test_where_mails_lead_to_and_how_a_space_ends_has_no_violation(
    page, app, session, site, smtp_sink
):
    account = make_account(session, "equipe@exemple.fr")
    message = bring_in_one(session, app, text="Une réponse à l'invitation.")
    with app.test_request_context():
        reset = reset_token(session.get(Account, account))
    page.goto(FORM)
    page.get_by_label("Que souhaitez-vous ajouter").fill("Rien de plus.")
    page.get_by_label("Votre adresse électronique").fill("jeanne@exemple.fr")
    send(page)
    page.wait_for_url("**/recu/**")
    space = page.locator(".personal-link").inner_text()
    wait_for(lambda: links_that_stop(smtp_sink, site))
    (stop,) = links_that_stop(smtp_sink, site)

    confirming_link = f"/courriel/confirmer/{confirmation.token_for(message.public_id)}"
    found = looked_at(page, stop, confirming_link, f"/connexion/oubli/{reset}", space)
    page.get_by_role("button", name="Ouvrir mon espace").click()
    page.get_by_role("link", name="Retirer la contribution").click()
    found += violations(page)
    page.get_by_role("button", name="Retirer cette contribution").click()
    page.wait_for_url("**/retirees")
    found += violations(page)
    page.goto("/contributions/effacer")
    page.get_by_role("button", name="Effacer maintenant").click()
    page.locator("#errors").wait_for()
    found += violations(page)
    page.locator("#understood").check()
    page.get_by_role("button", name="Effacer maintenant").click()
    page.wait_for_url("**/efface/**")

    assert found + violations(page) == []


@pytest.mark.looks
def test_pages_of_an_institution_have_no_violation(page, app, session, site):
    organiser = make_organiser(session)
    reported = Report(
        reported_by=Reporter.STATE, point=ValuePoint.MIDTERM, value=12.5, source="Rapport annuel"
    )
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        value = record.report(Work(session, organiser, now()), indicator, reported)
    row = make_request(session, app, organiser, value_ids=[value.public_id])
    over = make_request(session, app, organiser, due_on=now().date() - timedelta(days=2))
    act(session, organiser, over, requests.publish)

    found = looked_at(page, link_to(over), "/mesures/T7", link_to(row, "/en"), link_to(row))
    page.get_by_role("button", name="Envoyer la réponse").click()
    page.locator("#errors").wait_for()
    found += violations(page)
    page.get_by_label("La réponse de l’institution").focus()
    page.keyboard.type("Les huit autres ouvrent en mars.")
    page.keyboard.press("Tab")
    page.keyboard.type("La directrice")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recue")

    assert found + violations(page) == []


def looked_at(page, *addresses):
    found = []
    for address in addresses:
        assert page.goto(address).status == 200, address
        found += violations(page)
    return found


def save_for_later(page, address):
    page.goto(address)
    page.get_by_label("Que souhaitez-vous ajouter").fill("Pas fini.")
    page.get_by_role("button", name="Enregistrer et reprendre plus tard").click()


def send(page):
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    page.get_by_role("button", name="Envoyer ma contribution").click()


@pytest.mark.looks
def test_pages_of_the_staff_have_no_violation(page, session, site):
    with writing(session()):
        token = invitations.invitation_token(
            session(), Role.ADMINISTRATOR, "equipe@exemple.fr", now()
        )
    page.goto(invitations.invitation_link(site.address, token))
    found = violations(page)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.wait_for_url("**/deux-etapes")
    found += violations(page)
    set_up_in(page)
    found += violations(page)

    for address in STAFF:
        assert page.goto(address).status == 200, address
        found += violations(page)

    assert found == []


@pytest.mark.looks
def test_pages_of_danger_have_no_violation(page, app, session, site):
    text = "Je suis en danger, aidez-moi."
    message = bring_in_one(session, app, text=text).public_id
    page.goto(FORM)
    page.get_by_label("Que souhaitez-vous ajouter").fill(text)
    send(page)
    page.wait_for_url("**/recu/**")
    session.rollback()  # what the site has stored since
    moderation_screening.screen_due(session())
    screening.screen_due(session())
    with writing(session()):
        token = invitations.invitation_token(session(), Role.MODERATOR, "equipe@exemple.fr", now())
    page.goto(invitations.invitation_link(site.address, token))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.wait_for_url("**/organisation/")

    mail = f"/organisation/courrier/{message}"
    wait_for(lambda: page.goto(mail) and page.get_by_text("Une machine a vu").count())
    found = violations(page)
    page.get_by_role("button", name="Signaler une personne en danger").click()
    page.get_by_text("L’alerte est ouverte.").wait_for()
    found += violations(page)
    # That of a text is opened by the worker, as soon as it looks.
    screening.raise_alerts(session(), alerts.referent_of(app.config), now())
    page.goto("/moderation/suivant")
    page.get_by_text("Alerte ouverte", exact=True).wait_for()
    found += violations(page)
    found += looked_at(page, "/moderation", "/moderation/mots-de-danger", "/moderation/alertes")
    page.get_by_role("button", name="Noter et fermer l’alerte").first.click()
    found += violations(page)
    page.get_by_label("Qu’est-ce qui a été fait").first.fill("Le 17 est appelé.")
    page.get_by_role("button", name="Noter et fermer l’alerte").first.click()
    page.get_by_text("l’alerte est fermée").wait_for()

    assert found + violations(page) == []


@pytest.mark.looks
def test_journey_of_an_export_has_no_violation(page, session, site):
    with writing(session()):
        token = invitations.invitation_token(session(), Role.ORGANISER, "equipe@exemple.fr", now())
    page.goto(invitations.invitation_link(site.address, token))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.goto("/organisation/exports/reglages/nouveau?mesure=T99")
    page.get_by_label("Nom").fill("Lettre du lundi")
    page.get_by_role("button", name="Garder ces réglages").click()
    found = violations(page)
    page.get_by_label("T99").uncheck()
    page.get_by_role("button", name="Garder ces réglages").click()
    found += violations(page)
    page.get_by_role("link", name="Lettre du lundi").click()
    found += violations(page)
    page.goto("/organisation/exports")
    page.get_by_role("button", name="Compter d").click()
    found += violations(page)
    page.get_by_role("button", name="Préparer le classeur").click()
    page.get_by_role("link", name="Télécharger").wait_for()
    found += violations(page)
    page.get_by_role("button", name="Refaire le même").click()
    page.get_by_role("button", name="Annuler la préparation").click()

    assert found + violations(page) == []


def test_form_can_be_filled_and_sent_with_the_keyboard_alone(page):
    page.goto("/mesures/T6/contribuer")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    page.get_by_label("Que souhaitez-vous ajouter").focus()
    page.keyboard.type("Au clavier.")
    focused = tab_until(page, "SELECT")
    assert focused
    page.keyboard.type("Citoyen")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().startswith("Envoyer"):
            break
    page.keyboard.press("Enter")

    page.wait_for_url("**/recu/**")


def tab_until(page, tag, presses=20):
    """Press Tab until an element of that kind has the focus, which must be seen on the way."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(() => { const e = document.activeElement;"
            " const s = getComputedStyle(e), n = e.nextElementSibling;"
            " const seen = style => style.outlineStyle !== 'none';"
            " return seen(s) || (n && seen(getComputedStyle(n))); })()"
        )
        assert outline, page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.tagName") == tag:
            return True
    return False
