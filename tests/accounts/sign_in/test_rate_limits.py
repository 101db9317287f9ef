"""Throttling: five failures an account, twenty posts a source, in a quarter of an hour."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from consultation import create_app
from consultation.accounts.models import Account
from consultation.accounts.sign_in.passwords import reset_token
from consultation.extensions import db
from tests.accounts.builders import (
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    add_stand_ins,
    make_account,
    make_invitation,
)

EMAIL = "élise@association.example"
WRONG = "ce n’est pas la phrase"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def from_source(address):
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def fail(visitor, times, email=EMAIL, source="192.0.2.1"):
    """Sign in wrongly, and return what each attempt was answered."""
    visitor.get("/connexion")
    fields, origin = {"email": email, "password": WRONG}, from_source(source)
    return [visitor.post("/connexion", fields, **origin).status_code for _ in range(times)]


def test_after_five_failures_even_the_right_password_waits(session, visitor):
    make_account(session, EMAIL)

    answers = fail(visitor, 6)
    page = visitor.post("/connexion", {"email": EMAIL, "password": PASSWORD})

    assert answers == [200] * 5 + [429]
    assert page.status_code == 429
    assert "Attendez un quart d’heure" in page.text
    assert page.headers["Retry-After"]
    assert not visitor.is_signed_in()


def test_right_password_signs_in_a_quarter_of_an_hour_later(session, visitor):
    make_account(session, EMAIL)
    with time_machine.travel(NOON, tick=False) as clock:
        fail(visitor, 6)

        clock.shift(timedelta(minutes=15, seconds=1))
        visitor.sign_in(EMAIL)

        assert visitor.is_signed_in()


def test_open_session_goes_on_while_the_account_is_throttled(session, visitor, open_visitor):
    make_account(session, EMAIL)
    owner = open_visitor()
    owner.sign_in(EMAIL)

    fail(visitor, 6)

    assert owner.is_signed_in()
    assert owner.change_password().status_code == 302
    assert owner.is_signed_in()


def test_browser_that_signed_in_before_is_not_locked_out_by_strangers(session, visitor, app):
    make_account(session, EMAIL)
    owner = Browser(app)
    owner.sign_in(EMAIL)
    owner.get("/organisation/")
    owner.post("/connexion/quitter")

    answers = fail(visitor, 7)
    stranger = Browser(app)
    stranger.sign_in(EMAIL)
    owner.sign_in(EMAIL)

    assert answers == [200] * 5 + [429] * 2
    assert not stranger.is_signed_in()
    assert owner.is_signed_in()


def test_browser_that_signed_in_before_guesses_five_times_as_well(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get("/organisation/")
    visitor.post("/connexion/quitter")

    assert fail(visitor, 6) == [200] * 5 + [429]


def test_browser_that_knows_one_account_is_a_stranger_to_another(session, visitor, app):
    make_account(session, EMAIL)
    make_account(session, "autre@association.example")
    fail(visitor, 5)
    other = Browser(app)
    other.sign_in("autre@association.example")
    other.get("/organisation/")
    other.post("/connexion/quitter")

    assert fail(other, 1) == [429]


def device_cookie(browser):
    """The name and value of what keeps a browser known."""
    [match] = [
        (key, cookie.value)
        for (_domain, _path, key), cookie in browser.client._cookies.items()
        if "device-" in key
    ]
    return match


def forged(value):
    """What somebody makes of the cookie who has no key."""
    return value[:-4] + ("AAAA" if not value.endswith("AAAA") else "BBBB")


def test_forged_or_an_old_cookie_makes_no_browser_known(session, visitor, app):
    make_account(session, EMAIL)
    with time_machine.travel(NOON, tick=False) as clock:
        owner = Browser(app)
        owner.sign_in(EMAIL)
        name, value = device_cookie(owner)
        fail(visitor, 5)
        thief = Browser(app)
        thief.client.set_cookie(
            name, forged(value), domain="consultation.example", path="/connexion", secure=True
        )
        by_forgery = fail(thief, 1)

        clock.shift(timedelta(days=181))
        fail(visitor, 5)
        late = Browser(app)
        late.client.set_cookie(
            name, value, domain="consultation.example", path="/connexion", secure=True
        )

        assert by_forgery == [429]
        assert fail(late, 1) == [429]


def test_cookie_of_a_known_browser_goes_to_the_sign_in_only_and_opens_nothing(session, visitor):
    make_account(session, EMAIL)

    answer = visitor.sign_in(EMAIL)
    [cookie] = [it for it in answer.headers.getlist("Set-Cookie") if "device-" in it]

    assert cookie.startswith("__Secure-device-")
    for part in ("; Secure", "; HttpOnly", "; Path=/connexion;", "; SameSite=Strict"):
        assert part in f"{cookie};"
    assert EMAIL not in cookie
    assert "lise" not in cookie


def test_password_alone_does_not_make_a_browser_known(session, visitor):
    make_account(session, EMAIL, second_factor=True)

    answer = visitor.give_password(EMAIL)

    assert not any("device-" in it for it in answer.headers.getlist("Set-Cookie"))


def test_mailed_link_lets_the_owner_in_from_a_new_browser_meanwhile(app, session, visitor):
    account_id = make_account(session, EMAIL)
    fail(visitor, 6)
    with app.test_request_context():
        token = reset_token(session.get(Account, account_id))
    owner = Browser(app)
    owner.get("/connexion")

    owner.post(
        f"/connexion/oubli/{token}",
        {"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD},
    )
    owner.sign_in(EMAIL, OTHER_PASSWORD)

    assert owner.is_signed_in()


def test_failures_are_counted_for_the_account_however_spelt_and_from_anywhere(session, visitor):
    make_account(session, EMAIL)
    spellings = ["ÉLISE@association.example", " élise@ASSOCIATION.example", EMAIL, EMAIL, EMAIL]

    for number, spelling in enumerate(spellings):
        fail(visitor, 1, spelling, f"192.0.2.{number}")
    answers = fail(visitor, 1, EMAIL, "192.0.2.99")

    assert answers == [429]


def test_unknown_address_is_throttled_as_a_known_one_is(visitor):
    assert fail(visitor, 6, "personne@association.example") == [200] * 5 + [429]


def test_successes_do_not_count_as_failures(session, open_visitor):
    make_account(session, EMAIL)

    answers = [open_visitor().sign_in(EMAIL).status_code for _ in range(7)]

    assert answers == [302] * 7


def test_one_source_may_try_twenty_times_whatever_the_account(session, visitor):
    make_account(session, EMAIL)
    answers = [
        fail(visitor, 1, f"personne{number}@association.example", "192.0.2.7")[0]
        for number in range(21)
    ]

    elsewhere = fail(visitor, 1, "personne@association.example", "192.0.2.8")

    assert answers == [200] * 20 + [429]
    assert elsewhere == [200]


def test_addresses_of_one_subscriber_are_one_source(visitor):
    answers = [
        fail(visitor, 1, f"personne{number}@association.example", f"2001:db8:1:2::{number}")[0]
        for number in range(21)
    ]

    other = fail(visitor, 1, "personne@association.example", "2001:db8:1:3::1")

    assert answers == [200] * 20 + [429]
    assert other == [200]


def test_looking_at_the_form_is_never_throttled(visitor):
    answers = {visitor.get("/connexion").status_code for _ in range(30)}

    assert answers == {200}


def test_mails_for_a_reset_are_asked_for_five_times(session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion/oubli")

    answers = [visitor.post("/connexion/oubli", {"email": EMAIL}).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]


def test_links_are_guessed_twenty_times(session, visitor):
    visitor.get("/connexion")

    def guesses(place):
        return [visitor.post(f"{place}/{number}", {}).status_code for number in range(21)]

    assert guesses("/connexion/bienvenue") == [404] * 20 + [429]
    assert guesses("/connexion/oubli") == [302] * 20 + [429]


def test_stolen_session_guesses_the_password_five_times(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    answers = [visitor.change_password(WRONG).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]


def test_unfit_new_password_is_no_guess_at_the_present_one(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    refused = [visitor.change_password(new="court").status_code for _ in range(7)]
    changed = visitor.change_password()

    assert refused == [200] * 7
    assert changed.status_code == 302


def test_setting_switches_every_limit_off(unlimited, session, visitor):
    assert fail(visitor, 25) == [200] * 25


@pytest.fixture
def other_server(app, settings):
    other = add_stand_ins(create_app(settings))
    yield other
    with other.app_context():
        db.engine.dispose()


def test_two_servers_count_together(visitor, other_server):
    assert fail(visitor, 3) + fail(Browser(other_server), 3) == [200] * 5 + [429]


def test_forged_form_is_not_counted(session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion")

    for _ in range(25):
        visitor.post("/connexion", {"email": EMAIL, "password": WRONG, "csrf_token": "x"})

    assert fail(visitor, 1) == [200]


def test_invitation_can_still_be_used_after_mistakes(session, visitor):
    token = make_invitation(session)

    for _ in range(6):
        visitor.open_account(token, EMAIL, "trop court")

    assert visitor.open_account(token, EMAIL).status_code == 303
