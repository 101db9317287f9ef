"""Pages of the collective: legal notice, help, and the organisers' pages of their texts."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.collective.models import SiteTextKind
from tests.accounts.builders import Browser, make_account
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.pages import visible_text
from tests.questionnaires.rounds.builders import organiser_of

SITE = "/organisation/site"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def browser(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


def headings(page):
    return [it.strip() for it in re.findall(r"<h2>(.*?)</h2>", page.text, re.DOTALL)]


def test_legal_notice_has_only_what_is_written(client, session):
    assert headings(client.get("/mentions-legales")) == ["Contact"]
    assert headings(client.get("/en/mentions-legales")) == ["Contact"]

    actor = organiser_of(session)
    write_site(session, actor, SiteTextKind.HOST, fr="Une maison\nà **Lille**")

    french, english = client.get("/mentions-legales"), client.get("/en/mentions-legales")
    assert headings(french) == ["Hébergement", "Contact"]
    assert headings(english) == ["Hosting", "Contact"]
    assert "<strong>Lille</strong>" in french.text
    assert '<div class="as-typed" lang="fr">' in english.text


def test_legal_notice_runs_no_script_of_its_texts(client, session):
    hostile = "<script>alert(1)</script> [un lien](javascript:alert(2))"
    write_site(session, organiser_of(session), SiteTextKind.PUBLISHER, fr=hostile)

    page = client.get("/mentions-legales").text

    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_help_page_has_the_numbers_and_who_answers(client, session):
    page = client.get("/aide")
    for number in ("tel:17", "tel:112", "sms:114", "tel:119", "tel:116006"):
        assert f'href="{number}"' in page.text
    assert "compléter" not in visible_text(page)

    write_site(session, organiser_of(session), SiteTextKind.HELP, fr="Tous les jours.", en="Daily.")

    assert "Tous les jours." in visible_text(client.get("/aide"))
    assert "Daily." in visible_text(client.get("/en/aide"))


def test_help_page_says_how_to_answer_while_one_can(client, session):
    make_measure(session, "T7")
    session.commit()
    assert "Choisissez une mesure" not in visible_text(client.get("/aide"))

    make_round(session)
    session.commit()

    assert "Choisissez une mesure" in visible_text(client.get("/aide"))


def test_site_texts_are_written_version_by_version(browser, session):
    assert "10 textes sont à compléter" in visible_text(browser.get(SITE))

    written = browser.post(f"{SITE}/hebergeur", {"fr": "Première", "number": "0"})
    browser.post(f"{SITE}/hebergeur", {"fr": "Seconde", "en": "Second", "number": "1"})

    assert written.status_code == 303
    assert "9 textes sont à compléter" in visible_text(browser.get(SITE))
    page = visible_text(browser.get(f"{SITE}/hebergeur"))
    assert "Version 2, en vigueur" in page
    assert "Première" in page
    session.rollback()
    events = session.scalars(
        sa.select(AuditEvent.details)
        .where(AuditEvent.action == "site_text_written")
        .order_by(AuditEvent.id)
    ).all()
    assert events == [{"kind": "host", "number": 1}, {"kind": "host", "number": 2}]


def test_site_text_written_meanwhile_is_shown_beside_the_typed_one(browser):
    browser.post(f"{SITE}/directeur", {"fr": "La sienne", "number": "0"})

    conflict = browser.post(f"{SITE}/directeur", {"fr": "La mienne", "number": "0"})

    assert conflict.status_code == 409
    assert "La sienne" in conflict.text
    assert "La mienne" in conflict.text
    assert 'name="number" value="1"' in conflict.text


def test_site_text_that_is_refused_is_kept(browser):
    page = browser.post(f"{SITE}/plan", {"fr": "javascript:alert(1)", "number": "0"})

    assert page.status_code == 422
    assert 'value="javascript:alert(1)"' in page.text
