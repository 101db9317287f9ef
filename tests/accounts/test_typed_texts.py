"""Typed texts: every refusal gives back what a colleague wrote."""

import html
import json
import re
from datetime import timedelta

import pytest
import time_machine

from consultation.accounts.models import Role
from consultation.accounts.sign_in import sessions
from consultation.clock import now
from tests.accounts.builders import BASE, Browser, make_account

EMAIL = "élise@association.example"
FORM = "/administration/courriels/arrets"
TEXT = "Un long texte, écrit avec soin,\nque personne ne veut écrire deux fois."
TYPED = {"note": TEXT, "etat": "court"}


@pytest.fixture
def colleague(app, session):
    """The browser of somebody who directs mail."""
    make_account(session, EMAIL, Role.ADMINISTRATOR, Role.MODERATOR)
    browser = Browser(app)
    browser.sign_in(EMAIL)
    browser.get(FORM)
    return browser


def gives_back(page):
    return TEXT in page.text and ">court<" not in page.text and "readonly" in page.text


def test_when_the_connection_has_ended_meanwhile(colleague):
    with time_machine.travel(now() + sessions.MAX_IDLE + timedelta(minutes=1)):
        answer = colleague.post(FORM, TYPED)
        looked = colleague.get(FORM)

    assert answer.status_code == 404
    assert gives_back(answer)
    assert "Votre connexion a pris fin" in answer.text
    assert f"/connexion?next={FORM}" in answer.text
    assert looked.status_code == 303
    assert TEXT not in looked.text


def test_way_back_is_never_to_an_address_that_only_takes_posts(colleague):
    with time_machine.travel(now() + sessions.MAX_IDLE + timedelta(minutes=1)):
        answer = colleague.post(f"{FORM}/x/lever", TYPED)

    assert gives_back(answer)
    assert 'href="/connexion"' in answer.text


def test_way_back_is_the_page_of_the_form_where_posts_have_an_address_of_their_own(colleague):
    sent = {"Referer": f"{BASE}{FORM}?page=2"}
    elsewhere = {"Referer": f"https://elsewhere.example{FORM}"}
    with time_machine.travel(now() + sessions.MAX_IDLE + timedelta(minutes=1)):
        answer = colleague.post(f"{FORM}/x/lever", TYPED, headers=sent)
        stranger = colleague.post(f"{FORM}/x/lever", TYPED, headers=elsewhere)

    assert f'href="/connexion?next={FORM}%3Fpage%3D2"' in answer.text
    assert 'href="/connexion"' in stranger.text


def test_fields_are_kept_for_their_form_without_any_token(colleague):
    with time_machine.travel(now() + sessions.MAX_IDLE + timedelta(minutes=1)):
        answer = colleague.post(FORM, TYPED)

    kept = json.loads(html.unescape(re.search('data-typed="([^"]+)"', answer.text)[1]))
    assert kept["path"] == FORM
    assert ["etat", "court"] in kept["fields"]
    assert not any(name == "csrf_token" for name, _value in kept["fields"])


def test_when_what_it_was_for_is_gone(colleague):
    answer = colleague.post(f"{FORM}/disparue/lever", TYPED)

    assert answer.status_code == 404
    assert gives_back(answer)
    assert "Le menu mène à" in answer.text


def test_short_text_is_given_back_as_well(colleague):
    answer = colleague.post(f"{FORM}/disparue/lever", TYPED | {"raison": "Sans source."})

    assert gives_back(answer)
    assert re.search(r"readonly>\nSans source\.</textarea>", answer.text)


def test_marks_of_a_page_are_not_what_was_written(colleague):
    answer = colleague.post(f"{FORM}/disparue/lever", TYPED | {"digest": "0a" * 32})

    assert gives_back(answer)
    assert "0a0a" not in answer.text


def test_when_the_role_is_missing(app, session):
    make_account(session, EMAIL, Role.MODERATOR)
    browser = Browser(app)
    browser.sign_in(EMAIL)
    browser.get("/organisation/")

    answer = browser.post(FORM, TYPED)

    assert answer.status_code == 403
    assert gives_back(answer)


def test_when_they_signed_out_in_another_tab(colleague):
    colleague.post("/connexion/quitter")

    answer = colleague.post(FORM, TYPED)

    assert answer.status_code == 403
    assert "Ce formulaire n’est plus valable" in answer.text
    assert gives_back(answer)


def test_what_another_site_sends_is_not_shown(colleague):
    answer = colleague.post(FORM, TYPED, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "un long texte" not in answer.text.lower()


def test_stranger_is_told_of_no_connection(visitor):
    visitor.get("/connexion")

    answer = visitor.post(FORM, TYPED)

    assert answer.status_code == 404
    assert "Votre connexion a pris fin" not in answer.text


def test_form_that_holds_a_password_is_not_shown_again(colleague):
    answer = colleague.post(f"{FORM}/x/lever", TYPED | {"password": "secret"})

    assert "un long texte" not in answer.text.lower()
