"""Public pages in a language read from the right: whole in a narrow window, and mirrored."""

import gettext

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.i18n import FOLDER
from consultation.inbox import confirmation
from consultation.mail import suppression
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.values.models import ValuePoint
from consultation.questionnaires.models import Option, Question, Round
from tests.browser.axe import OPEN_ALL, violations
from tests.browser.conftest import open_first_round
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    make_published_text,
)
from tests.faults.server import Server
from tests.inbox.builders import bring_in_one
from tests.institutions.replies.builders import link_to, make_request
from tests.plan.values.builders import MEASURED, make_public_value
from tests.reports.builders import make_report
from tests.results.public.test_results_pages import quote
from tests.results.publishing_builders import answer_many, publish

PAGES = [
    "/", "/mesures", "/mesures/T7", "/mesures/T4/contribuer", "/outil/contribuer", "/dix-minutes",
    "/plan", "/plan/T7", "/resultats", "/decisions", "/document", "/aide", "/donnees-personnelles",
    "/accessibilite", "/securite", "/mentions-legales", "/contributions/",
    "/contributions/retrouver", "/bilan", "/bilan/verifier", "/connexion", "/rien",
]  # fmt: skip
FIGURES = [
    "/resultats", "/resultats/T7", "/resultats/T7/citations", "/mesures/T7/indicateurs/T7.1",
    "/plan", "/plan/T7", "/decisions", "/decisions?par=mesure", "/document", "/document/axes/T",
    "/bilan", "/bilan/1", "/bilan/1/axes/T", "/bilan/1/mesures/T7",
    "/bilan/1/chiffres/valeur:T7.1@mi-parcours",
]  # fmt: skip
OWN = [
    "/contributions/", "/contributions/mesures/T4", "/contributions/outil", "/contributions/moi",
    "/contributions/copie", "/contributions/suites", "/contributions/retirer",
    "/contributions/effacer",
]  # fmt: skip
ASTRAY = """() => [...document.querySelectorAll("main *")].filter(it =>
    !it.closest("[lang=fr], [dir=ltr], svg, code, .num")
    && it.matches("p, li, dt, dd, h1, h2, h3, th, td, label")
    && getComputedStyle(it).textAlign === "left"
).map(it => it.outerHTML.slice(0, 100))"""
"""What stands at the left where reading begins at the right."""
DRAWN_ASTRAY = """() => {
    const box = (it) => it.getBoundingClientRect();
    const leaves = (it, whole) => box(it).left < box(whole).left - 2
        || box(it).right > box(whole).right + 2;
    const texts = [...document.querySelectorAll("main svg text")].filter(
        it => leaves(it, it.closest(".time-chart") || it.ownerSVGElement.parentElement));
    const bars = [...document.querySelectorAll("main svg rect:first-child, main .chart .whole")]
        .filter(it => box(it).right < box(it.ownerSVGElement).right - 2);
    return [...texts, ...bars].map(it => it.outerHTML.slice(0, 100));
}"""
"""Texts that leave their drawing, and bars that begin at the left."""


@pytest.fixture
def site(app, tmp_path, keys_dir, database_url):
    """A site of this machine, which shows Arabic before somebody has read it."""
    open_first_round(app)
    translate(app)
    home = tmp_path / "site"
    home.mkdir()
    server = Server(
        home, database_url=database_url, KEYS_DIR=keys_dir, EXPORTS_DIR=tmp_path / "exports",
        LANGUAGES="fr ar",
    )  # fmt: skip
    server.start()
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


said = gettext.translation("messages", FOLDER, ["ar"]).gettext
"""A text of the site in Arabic."""


def translate(app):
    """Give the questions and their options in Arabic, as a site that has it from its first day."""
    with app.app_context(), writing(db.session()):
        for kind in (Question, Option):
            for row in db.session.scalars(sa.select(kind)):
                row.label = row.label | {"ar": said(row.label["fr"])}


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.address, locale="ar", reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.looks
def test_pages_in_arabic_are_whole_and_mirrored(page):
    assert [it for address in PAGES for it in opened(page, address)] == []


@pytest.mark.looks
def test_figures_and_what_became_of_them_are_whole_and_mirrored(page, session):
    actor = make_organiser(session)
    publish_figures(session, actor)
    decide(session, actor)

    assert [it for address in FIGURES for it in opened(page, address)] == []


@pytest.mark.looks
def test_form_that_is_refused_and_the_space_it_opens_are_whole_and_mirrored(page):
    page.goto("/ar/mesures/T4/contribuer")
    page.get_by_label(said("Votre adresse électronique")).fill("rien")
    press(page, "Envoyer ma contribution")
    page.locator("#errors").wait_for()
    found = looked_at(page)
    page.get_by_label(said("À quel titre répondez-vous ?")).select_option("citizen")
    page.get_by_label(said("Que souhaitez-vous ajouter ?")).fill("لا شيء آخر.")
    page.get_by_label(said("Votre adresse électronique")).fill("jeanne@exemple.fr")
    press(page, "Relire avant l'envoi")
    page.locator("[data-unsent]").wait_for()
    found += looked_at(page)
    press(page, "Envoyer ma contribution")
    page.wait_for_url("**/ar/recu/**")
    found += looked_at(page)
    page.goto(page.locator(".personal-link").inner_text())
    found += looked_at(page)
    press(page, "Ouvrir mon espace")
    page.wait_for_url("**/ar/contributions/")
    found += [it for address in OWN for it in opened(page, address)]

    assert found + left(page) == []


def left(page):
    """What is wrong with the pages by which an open space is left, without anything in it."""
    page.goto("/ar/contributions/")
    page.locator("main a[href*='/retirer/']").click()
    found = looked_at(page)
    page.locator("main form button").click()
    page.wait_for_url("**/ar/contributions/retirees")
    found += looked_at(page)
    page.goto("/ar/contributions/effacer")
    press(page, "Effacer maintenant")
    page.locator("#errors").wait_for()
    found += looked_at(page)
    page.locator("#understood").check()
    press(page, "Effacer maintenant")
    page.wait_for_url("**/ar/contributions/efface/**")
    return found + looked_at(page)


@pytest.mark.looks
def test_draft_and_pages_of_errors_are_whole_and_mirrored(page, session):
    page.goto("/ar/mesures/T4/contribuer")
    page.get_by_label(said("Que souhaitez-vous ajouter ?")).fill("لا شيء آخر.")
    press(page, "Enregistrer et reprendre plus tard")
    page.wait_for_url("**/ar/contributions/enregistre/**")
    found = looked_at(page)
    page.goto("/ar/mesures/T7/contribuer")
    page.get_by_label(said("Que souhaitez-vous ajouter ?")).fill("لا شيء آخر.")
    session.execute(sa.text("ALTER TABLE measure RENAME TO away"))
    session.commit()
    press(page, "Envoyer ma contribution")
    page.get_by_text(said("Erreur %(status)s") % {"status": 503}).wait_for()
    found += looked_at(page) + opened(page, "/mesures/T7", status=503)
    session.execute(sa.text("ALTER TABLE away RENAME TO measure"))
    session.execute(sa.text("UPDATE measure SET title = :title"), {"title": '{"fr": 5}'})
    session.commit()

    assert found + opened(page, "/mesures/T7", status=500) == []


@pytest.mark.looks
def test_pages_of_an_institution_are_whole_and_mirrored(page, app, session):
    actor = make_organiser(session)
    row = make_request(session, app, actor)
    page.goto(link_to(row, "/ar"))
    found = looked_at(page)
    press(page, "Envoyer la réponse")
    page.locator("#errors").wait_for()
    found += looked_at(page)
    page.locator("main textarea").fill("سنرد.")
    page.locator("main form input[type=text]").fill("المديرة")
    press(page, "Envoyer la réponse")
    page.wait_for_url("**/recue")

    assert found + looked_at(page) == []


@pytest.mark.looks
def test_where_mails_lead_to_is_whole_and_mirrored(page, app, session):
    message = bring_in_one(session, app, text="Une réponse à l'invitation.")
    box = Box.of("jeanne@exemple.fr")
    stops = [suppression.stop_token(reach, box) for reach in (Reach.ANSWER, Reach.BULK)]
    found = [it for token in stops for it in opened(page, f"/courriel/arret/{token}")]
    found += opened(page, f"/courriel/confirmer/{confirmation.token_for(message.public_id)}")
    page.goto("/ar/contributions/retrouver")
    page.locator("main input[type=email]").fill("jeanne@exemple.fr")
    page.locator("main form button").click()
    page.locator("main input[type=email]").wait_for(state="detached")

    assert found + looked_at(page) == []


def press(page, name):
    page.get_by_role("button", name=said(name)).click()


def opened(page, address, status=None):
    """What is wrong with a page."""
    answer = page.goto(f"/ar{address}")
    assert status in (None, answer.status), address
    page.evaluate(OPEN_ALL)
    return looked_at(page)


def looked_at(page):
    """What is wrong with the page that is open."""
    assert page.locator("html").get_attribute("dir") == "rtl", page.url
    found = violations(page)
    astray = page.evaluate(ASTRAY) + page.evaluate(DRAWN_ASTRAY)
    return found + [(page.url, it) for it in astray]


def publish_figures(session, actor):
    """Responses to a measure, texts, values of its indicator, and a report that cites one."""
    asked = session.query(Round).one()
    for number in range(14):
        quote(session, asked, f"Un texte publié, le numéro {number}.", measure="T7")
    stance, notes = ("T7.1", "stance"), ("T7.1", "relevance")
    answer_many(
        session, asked, "T7",
        (9, {stance: "keep", notes: 8}, {"capacity": "justice"}),
        (7, {stance: "drop", notes: 2}, {"capacity": "police", "territory": "corse"}),
        (6, {stance: "amend", notes: 5}, {"capacity": "citizen"}),
    )  # fmt: skip
    publish(session, asked)
    with writing(session):
        indicator = queries.stored_indicator(session, "T7.1")
        measurements.store(indicator.version, MEASURED, now())
    make_public_value(session, actor, indicator, 1200.0, point=ValuePoint.INTERIM, source="Rapport")
    make_public_value(session, actor, indicator, 1500.0, source="Rapport")
    make_public_value(session, actor, indicator, 3.0, point=ValuePoint.FINAL, source="Enquête")
    make_report(session, actor, introduction="Il y en a {{valeur:T7.1@mi-parcours}}.")


def decide(session, actor):
    """An edition of the plan, which answers a text."""
    asked = session.query(Round).one()
    text = make_published_text(session, asked, "Un texte publié.")
    subject = indicator_subject(session)
    decision = make_decision(session, actor, subject, label="Places ouvertes", answer_ids=[text])
    make_edition(session, actor, decision, introduction={"fr": "Voici *ce qui change*."})


def test_page_in_arabic_begins_at_the_right(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/ar/mesures/T4/contribuer")
    width = page.evaluate("innerWidth")

    def side(selector):
        box = page.locator(selector).first.bounding_box()
        return "right" if box["x"] + box["width"] / 2 > width / 2 else "left"

    assert [side(it) for it in (".mark", ".toc", ".exit")] == ["right", "right", "left"]
