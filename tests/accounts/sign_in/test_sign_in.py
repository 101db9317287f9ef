"""Signing in and out, as the pages show it."""

import time
import unicodedata
from urllib.parse import urlencode, urlsplit

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.models import Account, AuditEvent, Role, StaffSession
from consultation.accounts.sign_in import hashes, passwords
from consultation.accounts.sign_in.passwords import reset_token
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.web.headers import is_staff_path
from tests.accounts.builders import (
    COOKIE,
    HOST,
    OTHER_PASSWORD,
    PASSWORD,
    hash_of,
    make_account,
    text_of,
)

EMAIL = "élise@association.example"
THIRD = "une troisième phrase, tout autre"
# `PASSWORD` as Flask-Security stored it, with the little effort of tests.
EARLIER_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$lTJGSImR8t47x1irtTYm5A$8iS0n90oPpFmbVDqW0dHXsqlc8evnLrKlBLqogeZAQo"
)


def actions(session):
    events = session.execute(
        sa.select(AuditEvent.action, AuditEvent.account_id).order_by(AuditEvent.id)
    )
    return [tuple(event) for event in events]


def test_right_password_opens_the_staff_home(session, visitor):
    make_account(session, EMAIL, Role.ORGANISER, Role.MODERATOR)

    answer = visitor.sign_in(EMAIL)
    home = visitor.get(answer.location)

    assert answer.location == "/organisation/"
    assert home.status_code == 200
    assert EMAIL in home.text
    assert "organisation, modération" in home.text


def test_address_may_be_spelt_in_capitals(session, visitor):
    make_account(session, EMAIL)

    visitor.sign_in("  Élise@Association.EXAMPLE ")

    assert visitor.is_signed_in()


def test_wrong_password_and_an_unknown_address_give_the_same_page(session, open_visitor):
    make_account(session, EMAIL)
    known, unknown = open_visitor(), open_visitor()

    wrong = known.sign_in(EMAIL, "ce n’est pas la phrase")
    stranger = unknown.sign_in("personne@association.example", "ce n’est pas la phrase")

    assert wrong.status_code == stranger.status_code == 200
    assert text_of(wrong) == text_of(stranger)
    assert "ne convient pas" in wrong.text
    assert not known.is_signed_in()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_password_opens_the_account_however_its_accents_are_typed(session, visitor, form):
    make_account(session, EMAIL)

    visitor.sign_in(EMAIL, unicodedata.normalize(form, PASSWORD))

    assert visitor.is_signed_in()


@pytest.mark.parametrize("password", ["", " ", "x" * 5000, PASSWORD + "x"])
def test_no_other_password_opens_an_account(session, visitor, password):
    make_account(session, EMAIL)

    answer = visitor.sign_in(EMAIL, password)

    assert answer.status_code == 200
    assert "ne convient pas" in answer.text
    assert not visitor.is_signed_in()


@pytest.mark.every_case
@pytest.mark.parametrize("email", ["", "élise", "a@b@c", "=?x?=@a.example", "x" * 3000 + "@a.fr"])
def test_invalid_address_is_refused_like_an_unknown_one(visitor, email):
    answer = visitor.sign_in(email)

    assert answer.status_code == 200
    assert "ne convient pas" in answer.text


def test_disabled_account_is_refused_like_an_unknown_one(session, open_visitor):
    account_id = make_account(session, EMAIL)
    with writing(session):
        staff.disable(session, session.get(Account, account_id), now())

    refused = open_visitor().sign_in(EMAIL)
    stranger = open_visitor().sign_in("personne@association.example")

    assert text_of(refused) == text_of(stranger)


@pytest.fixture
def full_effort(settings):
    """Hash passwords as a site does; to be asked for before anything that needs the application."""
    del settings["PASSWORD_EFFORT"]


def test_unknown_address_costs_as_much_as_a_wrong_password(
    full_effort, unlimited, session, visitor
):
    make_account(session, EMAIL)
    visitor.get("/connexion")

    def seconds(email):
        start = time.thread_time()
        visitor.post("/connexion", {"email": email, "password": "ce n’est pas la phrase"})
        return time.thread_time() - start

    pairs = [(seconds(EMAIL), seconds("personne@association.example")) for _ in range(8)]
    known, unknown = map(min, zip(*pairs, strict=True))

    assert abs(known - unknown) < 0.01


def test_passwords_are_stored_as_argon2id(full_effort, session):
    account_id = make_account(session, EMAIL)

    stored = session.get(Account, account_id).password

    assert stored.startswith("$argon2id$")


def test_password_hashed_with_less_effort_is_hashed_again_on_signing_in(
    full_effort, app, session, visitor
):
    account_id = make_account(session, EMAIL)
    weak = PasswordHasher(memory_cost=1024, time_cost=2, parallelism=1)
    with writing(session):
        session.get(Account, account_id).password = weak.hash(passwords.normalized(PASSWORD))

    visitor.sign_in(EMAIL)
    session.rollback()

    assert visitor.is_signed_in()
    assert ",t=2,p=1$" in session.get(Account, account_id).password
    assert "$m=19456" in session.get(Account, account_id).password


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/administration/courriels", "/administration/courriels"),
        ("/organisation/?tour=1&page=2", "/organisation/?tour=1&page=2"),
        ("https://ailleurs.example/", "/organisation/"),
        ("//ailleurs.example/", "/organisation/"),
        ("/\\ailleurs.example/", "/organisation/"),
        ("javascript:alert(1)", "/organisation/"),
        ("/\t/ailleurs.example/", "/organisation/"),
    ],
)
def test_signing_in_leads_on_within_the_site_only(session, visitor, wanted, reached):
    make_account(session, EMAIL)
    page = visitor.get("/connexion", query_string={"next": wanted})

    answer = visitor.post("/connexion", {"email": EMAIL, "password": PASSWORD, "next": wanted})

    assert page.status_code == 200
    assert answer.location == reached


def test_staff_page_sends_strangers_to_sign_in_and_back(session, visitor):
    make_account(session, EMAIL)

    answer = visitor.get("/organisation/contributions/?axe=2&page=3")
    visitor.get(answer.location)
    home = visitor.post(answer.location, {"email": EMAIL, "password": PASSWORD})

    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/connexion"
    assert home.location == "/organisation/contributions/?axe=2&page=3"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    ["/organisation", "/organisation/", "/organisation/rien", "/organisation/plan/mesures/T7",
     "/organisation/plan/mesures/T999", "/moderation", "/moderation/textes/inconnu/decision",
     "/administration/rien/du/tout", "/administration/comptes", "/connexion/mot-de-passe"],
)  # fmt: skip
def test_what_is_there_and_what_is_not_lead_strangers_to_the_same_sign_in(visitor, method, path):
    answer = visitor.open(path, method=method)

    assert (answer.status_code, answer.location) == (303, f"/connexion?{urlencode({'next': path})}")
    assert "Set-Cookie" not in answer.headers


def test_english_site_has_no_staff_address(visitor):
    assert visitor.get("/en/moderation").status_code == 404


@pytest.mark.parametrize("path", ["/organisation/", "/organisation/rien", "/moderation/textes/x"])
def test_post_of_a_stranger_leads_nowhere(visitor, path):
    visitor.get("/connexion")

    assert visitor.post(path, {}).status_code in (404, 405)


def test_unknown_address_of_sign_in_is_not_found(visitor):
    assert visitor.get("/connexion/rien").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/organisation//ailleurs.example", "/organisation/%0d%0aLocation:%20//ailleurs.example",
     "/organisation/%5c%5cailleurs.example", "/organisation/?next=//ailleurs.example",
     "/organisation/@ailleurs.example", "/moderation/..//ailleurs.example/"],
)  # fmt: skip
def test_way_back_stays_on_this_site(session, visitor, path):
    make_account(session, EMAIL)
    sign_in = visitor.get(path).location

    visitor.get(sign_in)
    back = visitor.post(sign_in, {"email": EMAIL, "password": PASSWORD}).location

    assert sign_in.startswith("/connexion?next=%2F")
    assert urlsplit(back).netloc == ""
    assert not back.startswith("//")
    assert is_staff_path(urlsplit(back).path)


def test_who_was_signed_in_is_told_why_to_sign_in_again(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    with writing(session):
        session.execute(sa.delete(StaffSession))

    answer = visitor.get("/organisation/contributions/")
    page = visitor.get(answer.location)

    assert answer.status_code == 303
    assert "Votre connexion a pris fin" in page.text


@pytest.mark.parametrize("page", ["/", "/mesures", "/en/", "/donnees-personnelles", "/nulle-part"])
def test_every_public_page_has_a_quiet_way_to_the_team(client, page):
    footer = client.get(page).text.partition("<footer")[2]

    assert footer.count('href="/organisation/"') == 1


def test_signing_in_changes_the_cookie_and_its_token(session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion")
    before, token_before = visitor.cookie, visitor.token

    visitor.post("/connexion", {"email": EMAIL, "password": PASSWORD})
    visitor.get("/organisation/")
    refused = visitor.post("/connexion/quitter", {"csrf_token": token_before})

    assert visitor.cookie != before
    assert refused.status_code == 403
    assert visitor.is_signed_in()


def test_cookie_is_closed_to_scripts_other_sites_and_other_hosts(session, visitor):
    make_account(session, EMAIL)

    answer = visitor.sign_in(EMAIL)
    [cookie] = [it for it in answer.headers.getlist("Set-Cookie") if it.startswith(COOKIE)]

    assert cookie.startswith("__Host-staff=")
    for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Strict"):
        assert part in cookie
    assert "Domain" not in cookie
    assert "Expires" not in cookie


def test_who_is_signed_in_already_goes_on_to_the_home(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    answer = visitor.get("/connexion")

    assert answer.location == "/organisation/"


def test_no_browser_is_remembered_beyond_its_session(session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion")

    answer = visitor.post("/connexion", {"email": EMAIL, "password": PASSWORD, "remember": "y"})

    kept = [it for it in answer.headers.getlist("Set-Cookie") if "Expires" in it]
    visitor.client.delete_cookie(COOKIE, domain=HOST)

    assert answer.status_code == 302
    assert all("device-" in it and "; Path=/connexion;" in it for it in kept)
    assert not visitor.is_signed_in()


def test_signing_out_needs_a_post(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    answer = visitor.get("/connexion/quitter")

    assert answer.status_code == 405
    assert visitor.is_signed_in()


def test_signing_out_says_so_and_ends_the_session(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get("/organisation/")

    answer = visitor.post("/connexion/quitter", follow_redirects=True)

    assert "La session est fermée" in answer.text
    assert not visitor.is_signed_in()


def test_audit_log_tells_signing_in_failing_and_signing_out(session, visitor):
    account_id = make_account(session, EMAIL)

    visitor.sign_in("personne@association.example")
    visitor.sign_in(EMAIL, OTHER_PASSWORD)
    visitor.sign_in(EMAIL)
    visitor.get("/organisation/")
    visitor.post("/connexion/quitter")

    assert actions(session) == [
        ("sign_in_failed", None),
        ("sign_in_failed", account_id),
        ("signed_in", account_id),
        ("signed_out", account_id),
    ]
    details = session.scalars(sa.select(AuditEvent.details)).all()
    assert details == [None] * 4


def test_without_https_the_cookie_has_another_name_and_needs_no_https(settings, visitor, app):
    app.config["BASE_URL"] = "http://127.0.0.1:8000"
    from consultation.web import session_cookie

    session_cookie.register(app)
    page = app.test_client().get("/connexion", base_url="http://127.0.0.1:8000")

    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("staff=")
    assert "Secure" not in cookie
    assert "SameSite=Strict" in cookie


def test_nothing_else_of_the_cookie_signs_in(session, visitor, open_visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    with writing(session):
        session.execute(sa.delete(StaffSession))

    thief = open_visitor()
    thief.cookie = visitor.cookie

    assert not thief.is_signed_in()
    assert thief.get("/connexion/mot-de-passe").status_code == 303
    assert "Se connecter" in thief.get("/connexion").text


def replace_once_read(account_id):
    """Have another process replace the password as soon as the next request has read it."""

    def replace(*_read):
        with Session(db.engine) as own, writing(own):
            staff.set_password(own, own.get(Account, account_id), hash_of(OTHER_PASSWORD), now())

    sa.event.listen(Account, "load", replace, once=True)


def test_password_changed_while_it_is_checked_opens_nothing(session, visitor):
    account_id = make_account(session, EMAIL)

    replace_once_read(account_id)
    answer = visitor.sign_in(EMAIL)

    assert answer.status_code == 403
    assert not visitor.is_signed_in()


def test_password_changed_while_the_present_one_is_checked_stays(session, visitor):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get("/connexion/mot-de-passe")
    fields = {"password": PASSWORD, "new_password": THIRD, "new_password_confirm": THIRD}

    replace_once_read(account_id)
    answer = visitor.post("/connexion/mot-de-passe", fields)
    session.rollback()

    assert answer.status_code == 403
    assert hashes.matches(OTHER_PASSWORD, session.get(Account, account_id).password)
    assert not visitor.is_signed_in()


def test_password_stored_by_an_earlier_version_still_signs_in(session, visitor):
    account_id = make_account(session, EMAIL)
    with writing(session):
        session.get(Account, account_id).password = EARLIER_HASH

    visitor.sign_in(EMAIL)
    session.rollback()

    assert visitor.is_signed_in()
    assert session.get(Account, account_id).password == EARLIER_HASH


def test_token_for_programs_opens_nothing(app, session, visitor):
    account_id = make_account(session, EMAIL)
    with app.test_request_context():
        token = reset_token(session.get(Account, account_id))

    headers, query = {"Authentication-Token": token}, {"auth_token": token}
    pages = [
        visitor.get(path, **offer)
        for path in ("/organisation/", "/connexion")
        for offer in ({"headers": headers}, {"query_string": query})
    ]

    assert [page.status_code for page in pages] == [303, 303, 200, 200]


def test_broken_database_ends_in_a_page_without_a_word_of_it(app, session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with writing(session):
        session.execute(sa.text("ALTER TABLE staff_session RENAME TO elsewhere"))

    page = visitor.get("/organisation/")

    assert page.status_code in (500, 503)  # as the database says that it is broken, or away
    assert "<h1" in page.text
    assert "staff_session" not in page.text


def test_no_other_page_of_passwords_is_there(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert {name for name in endpoints if name.startswith("security.")} == {
        "security.login",
        "security.forgot_password",
        "security.reset_password",
        "security.change_password",
    }
