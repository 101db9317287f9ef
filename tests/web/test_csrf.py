"""CSRF protection: which posts to staff pages pass, and the page of the others."""

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Account, AccountInvitation, AuditEvent, StaffSession
from consultation.mail.models import OutboxMessage
from consultation.web.headers import is_staff_path
from tests.accounts.builders import (
    BASE,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    add_stand_ins,
    make_account,
    make_invitation,
)

EMAIL = "élise@association.example"
pytestmark = pytest.mark.once
FIELDS = {
    "email": EMAIL,
    "password": PASSWORD,
    "password_confirm": PASSWORD,
    "new_password": OTHER_PASSWORD,
    "new_password_confirm": OTHER_PASSWORD,
}
FORGED = {
    "no token": ({"csrf_token": ""}, {}),
    "no token field": ({"csrf_token": None}, {}),
    "nonsense": ({"csrf_token": "né.pas.vrai"}, {}),
    "another session's token": ({"csrf_token": "OTHER"}, {}),
    "another site": ({}, {"Sec-Fetch-Site": "cross-site"}),
    "a sister site": ({}, {"Sec-Fetch-Site": "same-site"}),
    "another origin": ({}, {"Origin": "https://ailleurs.example"}),
    "another scheme": ({}, {"Origin": "http://consultation.example"}),
    "another port": ({}, {"Origin": "https://consultation.example:8443"}),
    "a longer name": ({}, {"Origin": "https://consultation.example.ailleurs.example"}),
    "no origin at all": ({}, {"Origin": "null"}),
}
EVERYWHERE = {"no token", "another site", "another origin"}
"""One of each check, sent to every address; of the others each is sent to a fourth of them."""


@pytest.fixture
def app(app):
    return add_stand_ins(app)


def posts_of_the_staff(app, token):
    """Every address of the staff that takes a post."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    paths = [str(rule).replace("<token>", token) for rule in rules]
    return [path for path in paths if is_staff_path(path)]


def everything_stored(session):
    session.rollback()
    tables = (Account, AccountInvitation, AuditEvent, StaffSession, OutboxMessage)
    stored = {
        table.__tablename__: session.execute(sa.select(table.__table__)).all() for table in tables
    }
    # That contacts were read is noted, whoever reads them.
    events = [it for it in stored["audit_event"] if it.action != "contacts_viewed"]
    return stored | {"audit_event": events}


@pytest.fixture
def member(app, session):
    """A browser that is signed in, and the token of an invitation."""
    make_account(session, EMAIL)
    visitor = Browser(app)
    visitor.sign_in(EMAIL)
    visitor.get("/organisation/")
    return visitor


@pytest.fixture
def invitation(session):
    return make_invitation(session)


@pytest.mark.parametrize("forgery", FORGED)
def test_no_forged_post_changes_anything(app, session, member, invitation, forgery):
    fields, headers = FORGED[forgery]
    other = Browser(app)
    other.get("/connexion")
    fields = {name: other.token if value == "OTHER" else value for name, value in fields.items()}
    before = everything_stored(session)
    paths = posts_of_the_staff(app, invitation)
    if forgery not in EVERYWHERE:
        paths = paths[[*FORGED].index(forgery) % 4 :: 4]

    answers = {path: member.post(path, {**FIELDS, **fields}, headers) for path in paths}

    assert len(paths) >= 6
    assert {answer.status_code for answer in answers.values()} == {403}
    assert everything_stored(session) == before
    assert member.is_signed_in()


@pytest.mark.parametrize("forgery", FORGED)
def test_nobody_is_signed_in_by_a_forged_post(app, session, forgery):
    make_account(session, EMAIL)
    visitor, other = Browser(app), Browser(app)
    visitor.get("/connexion")
    other.get("/connexion")
    fields, headers = FORGED[forgery]
    fields = {name: other.token if value == "OTHER" else value for name, value in fields.items()}

    answer = visitor.post("/connexion", {**FIELDS, **fields}, headers)

    assert answer.status_code == 403
    assert not visitor.is_signed_in()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": None, "Origin": None},
        {"Origin": None},
    ],
)
def test_post_from_our_own_form_is_believed(member, headers):
    sent = {"Origin": BASE, "Sec-Fetch-Site": "same-origin", **headers}
    sent = {name: value for name, value in sent.items() if value is not None}
    with member.app.app_context():
        answer = member.client.post(
            "/connexion/quitter",
            data={"csrf_token": member.token},
            base_url=BASE,
            headers=sent,
        )

    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("base_url", "origin", "status"),
    [
        ("https://CONSULTATION.example:443", "https://consultation.example", 303),
        ("https://dehors.example", "https://dehors.example", 303),
        ("https://dehors.example:8443", "https://dehors.example:8443", 303),
        ("http://127.0.0.1:8000", BASE, 303),
        ("https://dehors.example:8443", "https://dehors.example", 403),
        ("http://127.0.0.1:8000", "http://127.0.0.1", 403),
    ],
)
def test_origin_is_that_of_the_setting_or_of_the_request(app, member, base_url, origin, status):
    app.config["BASE_URL"] = base_url

    answer = member.post("/connexion/quitter", headers={"Origin": origin})

    assert answer.status_code == status


def test_refusal_says_what_to_do_in_the_frame_of_who_is_signed_in(member):
    page = member.post("/connexion/mot-de-passe", {"csrf_token": "x"})

    assert "Rien n’a été enregistré" in page.text
    assert "rechargez la page" in page.text
    assert "Se déconnecter" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"


def test_form_left_open_for_a_day_is_still_good_while_its_session_is(app, session):
    make_account(session, EMAIL)
    visitor = Browser(app)
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        visitor.get("/connexion")
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        visitor.post("/connexion", {"email": EMAIL, "password": PASSWORD})

        assert visitor.is_signed_in()


def test_public_posts_are_not_looked_at(app):
    seen = []
    app.add_url_rule("/essai", "essai", lambda: seen.append(1) or ("", 204), methods=["POST"])

    answer = app.test_client().post(
        "/essai",
        data={"a": "b"},
        headers={"Origin": "https://ailleurs.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 204
    assert seen == [1]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_way_of_writing_goes_unchecked(member, method):
    answer = member.open("/connexion/quitter", method=method)

    assert answer.status_code == 403


def test_reading_every_page_of_the_staff_changes_nothing(app, session, member, invitation):
    before = everything_stored(session)
    rules = [str(rule).replace("<token>", invitation) for rule in app.url_map.iter_rules()]
    paths = [path for path in rules if is_staff_path(path) and "<" not in path]

    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            member.open(path, method=method)

    assert len(paths) >= 8
    assert everything_stored(session) == before
