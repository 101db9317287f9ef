"""Staff pages of mail: messages with masked addresses, and the local mailbox."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from consultation.accounts.models import Role
from consultation.mail.models import MessageStatus
from consultation.web import permissions
from consultation.web.permissions import Permission, requires
from tests.accounts.builders import make_account
from tests.mail.builders import START, deliver, enqueue, enqueue_alone, messages
from tests.pages import visible_text

OUTBOX = "/administration/courriels"
BOX = "/administration/courriels/boite"
OTHER_ROOMS = (
    "plan.home",
    "plan.measures",
    "plan.accessibility",
    "responses.privacy",
    "accounts.workspace",
    "accounts.leave",
)


class Staff:
    """Somebody who is signed in, with these permissions."""

    id, email = 1, "equipe@exemple.fr"

    def __init__(self, *granted):
        self.granted = granted

    def may(self, permission):
        return permission in self.granted


@pytest.fixture
def settings(settings):
    return settings | {"BASE_URL": "http://127.0.0.1:8000"}


@pytest.fixture
def app(app: Flask):
    """The application, with stand-ins for the pages of other rooms where these are not built."""

    @requires(Permission.PUBLIC)
    def stand_in():
        return "page"

    for endpoint in OTHER_ROOMS:
        if endpoint not in app.view_functions:
            app.add_url_rule(f"/-/{endpoint}", endpoint, stand_in)
    for name, value in (
        ("staff_groups", dict),
        ("staff_place", lambda: None),
        ("is_signed_in", lambda: False),
        ("csrf_token", str),
    ):
        app.jinja_env.globals.setdefault(name, value)
    return app


@pytest.fixture
def sign_in(app):
    """Let the visitor of this test be a member of staff with some permissions."""
    usual = permissions._loaders["actor"]

    def become(*granted):
        permissions.load_actor_with(lambda: Staff(*granted))

    permissions.load_actor_with(lambda: None)
    yield become
    permissions.load_actor_with(usual)


@pytest.fixture
def administrator(session, sign_in):
    """Signed in by an account that the trail can name."""
    Staff.id = make_account(session, Staff.email, Role.ADMINISTRATOR)
    sign_in(Permission.READ_OUTBOX, Permission.DIRECT_OUTBOX, Permission.READ_MAILBOX)


@pytest.mark.every_case
@pytest.mark.parametrize("path", [OUTBOX, BOX, f"{BOX}/1764000000.M1P1Q1.vm"])
def test_strangers_and_colleagues_see_nothing_of_the_mail(client, sign_in, path):
    stranger = client.get(path)
    sign_in(Permission.WORKSPACE, Permission.READ_RESPONSES)
    colleague = client.get(path)

    assert (stranger.status_code, colleague.status_code) == (303, 403)


def test_each_message_shows_its_kind_state_and_masked_recipient(
    client, session, app, administrator
):
    with time_machine.travel(START, tick=False):
        enqueue(session, "CODE-1", "jeanne@exemple.fr")
        deliver(session, app)
        enqueue_alone(session, "2", "paul@courriel.exemple.org", START + timedelta(minutes=30))

        page = client.get(OUTBOX)

    text = visible_text(page)
    assert (
        "24 novembre 2026 à 9 h 00 Accusé de réception j…@e….fr gardé sur cette machine 1 –"
        " aucun serveur d'envoi n'était réglé" in text
    )
    assert (
        "24 novembre 2026 à 9 h 30 Message d'essai p…@c….org en attente 0"
        " 24 novembre 2026 à 9 h 30 –" in text
    )
    assert "jeanne" not in page.text
    assert "CODE-1" not in page.text


def test_counts_of_every_state_are_on_top(client, session, administrator):
    for number in range(3):
        enqueue_alone(session, str(number))
    enqueue_alone(session, "3", status=MessageStatus.SUPPRESSED, last_error="daily_cap")

    text = visible_text(client.get(OUTBOX))

    assert "En attente 3 En cours d'envoi 0 À réessayer 0 Parti 0" in text
    assert "Impossible à remettre 0 Non envoyé 1" in text


def test_list_says_why_a_message_did_not_leave(client, session, administrator):
    enqueue_alone(session, "1", status=MessageStatus.SUPPRESSED, last_error="daily_cap")
    enqueue_alone(session, "2", status=MessageStatus.UNDELIVERABLE, last_error="smtp_550")
    enqueue_alone(session, "3", status=MessageStatus.UNDELIVERABLE, last_error="of_another_release")

    text = visible_text(client.get(OUTBOX))

    assert "cette adresse a reçu tous ses courriels du jour" in text
    assert "le serveur refuse ce courriel (réponse 550)" in text
    assert "raison inconnue" in text


def test_one_state_can_be_looked_at_alone(client, session, administrator):
    enqueue_alone(session, "1", "jeanne@exemple.fr")
    enqueue_alone(session, "2", "paul@exemple.fr", status=MessageStatus.SUPPRESSED)

    page = client.get(OUTBOX, query_string={"etat": "suppressed"})

    assert ("p…@e….fr" in page.text, "j…@e….fr" in page.text) == (True, False)
    assert '<option value="suppressed" selected>' in page.text


def test_unknown_state_shows_them_all(client, session, administrator):
    enqueue_alone(session)

    page = client.get(OUTBOX, query_string={"etat": "perdu", "page": "mille"})

    assert "j…@e….fr" in page.text


def test_empty_lists_say_what_will_come(client, administrator):
    everything = client.get(OUTBOX)
    filtered = client.get(OUTBOX, query_string={"etat": "sent"})
    box = client.get(BOX)

    assert "Aucun courriel pour l" in everything.text
    assert "Aucun courriel ne correspond" in filtered.text
    assert "La boîte est vide" in box.text


def test_long_lists_come_in_pages(client, session, administrator):
    for number in range(51):
        enqueue_alone(session, str(number), f"{'abc'[number // 20]}{number}@exemple.fr")

    first, last, beyond = (
        client.get(OUTBOX, query_string={"page": page, "etat": "queued"}) for page in (1, 2, 99)
    )

    assert first.text.count("<tr>") - 1 == 50
    assert last.text.count("<tr>") - 1 == 1
    assert 'rel="next" href="/administration/courriels?page=2&amp;etat=queued"' in first.text
    assert "Page 2 sur 2" in visible_text(beyond)
    assert 'rel="prev"' in last.text


def test_recipient_that_no_key_opens_does_not_hide_the_others(client, session, administrator):
    enqueue_alone(session, "1", "paul@exemple.fr")
    enqueue_alone(session, "2")
    enqueue_alone(session, "3")
    for key, cell in (("test:2", b"junk"), ("test:3", None)):
        session.execute(
            sa.text("UPDATE outbox_message SET recipient = :cell WHERE dedup_key = :key"),
            {"cell": cell, "key": key},
        )
    session.commit()

    page = client.get(OUTBOX)

    assert "p…@e….fr" in page.text
    assert "illisible" in page.text
    assert "effacé" in page.text


def test_local_mailbox_shows_mails_newest_first_and_one_as_text(
    client, session, app, administrator
):
    for number, day in enumerate((0, 1)):
        with time_machine.travel(START + timedelta(days=day), tick=False):
            enqueue(session, f"CODE-{number}", at=START + timedelta(days=day))
            deliver(session, app)

    page = client.get(BOX)
    paths = re.findall(rf'href="({BOX}/[^"]+)"', page.text)
    newest = client.get(paths[0])

    assert len(paths) == 2
    assert "Votre contribution est bien enregistrée" in page.text
    assert "CODE-1" in newest.text
    assert "https://consultation.example/contributions/ouvrir/CODE-1-lien" in newest.text
    assert newest.headers["Cache-Control"] == "no-store, private"


def test_what_a_mail_says_is_shown_as_text(client, session, app, administrator):
    enqueue(session, "CODE-1", title="<script>alert(1)</script>")
    with time_machine.travel(START, tick=False):
        deliver(session, app)

    path = re.search(rf'href="({BOX}/[^"]+)"', client.get(BOX).text).group(1)
    page = client.get(path)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_missing_mail_gives_404(client, app, session, administrator):
    enqueue_alone(session)
    with time_machine.travel(START, tick=False):
        deliver(session, app)

    statuses = {
        client.get(f"{BOX}/{key}").status_code
        for key in ("1764000000.M1P1Q1.vm", "..%2F..%2Fsecret_key", "new", "%00")
    }

    assert statuses == {404}
    assert messages(session)[0].status is MessageStatus.SENT


@pytest.mark.parametrize(
    ("base_url", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://[::1]:8000", 200),
        ("http://localhost:8000", 200),
        ("https://consultation.example", 404),
        ("http://127.0.0.1.consultation.example", 404),
        ("http://192.168.1.2:8000", 404),
    ],
)
def test_local_mailbox_is_shown_on_a_loopback_site_only(
    client, app, administrator, base_url, status
):
    app.config["BASE_URL"] = base_url

    box, mail, outbox = client.get(BOX), client.get(f"{BOX}/x"), client.get(OUTBOX)

    assert (box.status_code, mail.status_code) == (status, 404)
    assert (BOX in outbox.text) == (status == 200)


def test_one_kind_can_be_looked_at_alone(client, session, administrator):
    enqueue_alone(session, "1", "paul@exemple.fr")
    enqueue(session, "CODE-1", "jeanne@exemple.fr")

    page = client.get(OUTBOX, query_string={"nature": "acknowledgement"})

    assert ("p…@e….fr" in page.text, "j…@e….fr" in page.text) == (False, True)
