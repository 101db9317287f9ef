"""The respondent's space: opened by a button, for two idle hours, in one browser."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import in_paris, now
from consultation.questionnaires.models import Round
from consultation.responses.models import PersonalLink, RespondentSession


@pytest.fixture
def link(client, form):
    """The path of a respondent's personal link."""
    page = client.post(form.path, data=form.data(suggestions="Mes <mots>"), follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


def test_following_the_link_opens_nothing(client, link, session):
    page = client.get(link)

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert session.scalars(sa.select(RespondentSession)).all() == []


def test_button_opens_the_space_and_shows_what_was_sent(client, link):
    page = client.post(link, follow_redirects=True)

    assert "Mes &lt;mots&gt;" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"


def test_after_the_round_the_space_shows_what_was_sent_and_suggests_no_form(client, link, session):
    during = client.post(link, follow_redirects=True)
    session.execute(sa.update(Round).values(closes_at=now()))
    session.commit()

    after = client.get("/contributions/")

    assert "corriger chaque réponse" in during.text
    assert "Mesure suivante" in during.text or "sur toutes les mesures" in during.text
    assert "La consultation est terminée depuis le" in after.text
    assert "Mes &lt;mots&gt;" in after.text
    assert not [
        text for text in ("corriger chaque", "Mesure suivante", "ci-dessous") if text in after.text
    ]


def test_cookie_is_guarded_by_the_browser(client, link):
    cookie = client.post(link).headers["Set-Cookie"]

    assert cookie.startswith("__Host-space=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


def test_database_does_not_hold_what_opens_the_space(client, link, session):
    client.post(link)

    stored = session.scalars(sa.select(RespondentSession)).one().token_hash
    signature = link.rpartition(".")[2]
    dump = str(session.execute(sa.text("SELECT * FROM personal_link")).all())
    assert client.get_cookie("__Host-space").value != stored
    assert signature not in dump


@pytest.mark.parametrize("change", ["x", "", "é", "." * 3])
def test_wrong_link_is_no_page(client, link, change):
    wrong = link[:-1] + change if change else link.rpartition(".")[0]

    assert client.get(wrong).status_code == 404
    assert client.post(wrong).status_code == 404


def test_revoked_link_is_no_page(client, link, session):
    session.execute(sa.update(PersonalLink).values(revoked_at=now()))
    session.commit()

    assert client.get(link).status_code == 404


def test_closing_ends_the_space_here_and_there(client, link, session):
    client.post(link)
    copied = client.get_cookie("__Host-space").value

    page = client.post("/contributions/fermer", follow_redirects=True)
    client.set_cookie("__Host-space", copied, secure=True)

    assert "Votre espace est fermé" in page.text
    assert client.get("/contributions/").status_code == 403


def test_space_closes_after_two_idle_hours(client, link):
    client.post(link)

    with time_machine.travel(now() + timedelta(minutes=119), tick=False):
        assert client.get("/contributions/").status_code == 200
    with time_machine.travel(now() + timedelta(minutes=237), tick=False):
        assert client.get("/contributions/").status_code == 200
    with time_machine.travel(now() + timedelta(minutes=358), tick=False):
        assert client.get("/contributions/").status_code == 403


def test_staying_keeps_a_space_open_and_opens_no_closed_one(client, link):
    client.post(link)

    with time_machine.travel(now() + timedelta(minutes=119), tick=False):
        assert client.post("/contributions/rester").status_code == 204
    with time_machine.travel(now() + timedelta(minutes=237), tick=False):
        assert client.get("/contributions/").status_code == 200
    with time_machine.travel(now() + timedelta(minutes=358), tick=False):
        assert client.post("/contributions/rester").status_code == 403


@pytest.mark.parametrize("path", ["/contributions/", "/contributions/mesures/T7"])
def test_each_page_that_lasts_says_when_the_space_closes(client, link, path):
    client.post(link)
    at = now()

    with time_machine.travel(at, tick=False):
        client.post(link)
        page = client.get(path).text.replace("\xa0", " ")

    closing = in_paris(at + timedelta(minutes=119))
    assert f"votre espace se ferme le {closing.day}" in page
    assert f" {closing.year} à {closing.hour} h {closing:%M}" in page
    assert 'data-idle="7140"' in page
