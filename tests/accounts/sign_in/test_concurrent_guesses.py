"""Concurrent guesses: no more are checked than when they come one after the other."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.accounts.builders import (
    CODE_PAGE,
    PASSWORD,
    make_account,
    make_recovery_codes,
)

pytestmark = pytest.mark.database

EMAIL = "élise@association.example"
WRONG = "ce n’est pas la phrase"
AT_ONCE, EXAMINED = 40, 5
OWN_SECOND_FACTOR = "/organisation/compte/deux-etapes"


@pytest.fixture
def settings(settings):
    return settings | {"WEB_THREADS": AT_ONCE}


def guesses_at_once(browser, path, fields, count=AT_ONCE):
    """Post so many copies at once, each from a source of its own; count the answers by status."""
    start = threading.Barrier(count)

    def guess(number):
        own = browser.copy()
        start.wait()
        source = {"REMOTE_ADDR": f"192.0.2.{number + 1}"}
        return own.post(path, fields, environ_overrides=source).status_code

    with ThreadPoolExecutor(count) as threads:
        return Counter(threads.map(guess, range(count)))


def refused(answers):
    """How many guesses were looked at and found wrong; the others were told to wait."""
    assert set(answers) <= {200, 422, 429}, answers
    return answers[200] + answers[422]


def test_passwords_guessed_at_once_are_examined_five_times(session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion")

    answers = guesses_at_once(visitor, "/connexion", {"email": EMAIL, "password": WRONG})

    assert refused(answers) == EXAMINED


@pytest.mark.parametrize("place", [CODE_PAGE, f"{CODE_PAGE}/secours"])
def test_codes_guessed_at_once_are_examined_five_times(session, visitor, place):
    make_account(session, EMAIL, second_factor=True)
    visitor.give_password(EMAIL)
    visitor.get(place)

    assert refused(guesses_at_once(visitor, place, {"code": "123456"})) == EXAMINED


def test_present_passwords_guessed_at_once_are_examined_five_times(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get("/connexion/mot-de-passe")
    fields = {"password": WRONG, "new_password": PASSWORD, "new_password_confirm": PASSWORD}

    answers = guesses_at_once(visitor, "/connexion/mot-de-passe", fields)

    assert refused(answers) == EXAMINED


def test_own_codes_guessed_at_once_are_examined_five_times(session, visitor):
    make_account(session, EMAIL, second_factor=True)
    visitor.sign_in(EMAIL)
    visitor.get(OWN_SECOND_FACTOR)

    answers = guesses_at_once(visitor, f"{OWN_SECOND_FACTOR}/arreter", {"off_code": "123456"})

    assert refused(answers) == EXAMINED


def test_resets_asked_for_at_once_are_taken_five_times(session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion/oubli")

    assert refused(guesses_at_once(visitor, "/connexion/oubli", {"email": EMAIL})) == EXAMINED


def test_pages_that_take_a_code_share_its_five_guesses(session, visitor):
    make_account(session, EMAIL, second_factor=True)
    visitor.give_password(EMAIL)

    answers = [visitor.give_code("123456").status_code for _ in range(3)]
    answers += [visitor.give_code("AAAA-AAAA", f"{CODE_PAGE}/secours").status_code for _ in "abc"]

    assert answers == [422] * 5 + [429]


def test_pages_of_an_open_session_share_its_five_guesses(session, visitor):
    make_account(session, EMAIL, second_factor=True)
    visitor.sign_in(EMAIL)
    visitor.get(OWN_SECOND_FACTOR)

    answers = [
        visitor.post(f"/organisation/compte/{place}", {name: "123456"}).status_code
        for place, name in (
            ("deux-etapes", "code"), ("deux-etapes/arreter", "off_code"),
            ("codes-de-secours", "renew_code"), ("deux-etapes/arreter", "off_code"),
        )
    ]  # fmt: skip
    answers += [visitor.change_password(WRONG).status_code for _ in "ab"]

    assert answers == [422] * 4 + [200, 429]


def test_accepted_sign_in_gives_its_count_back(session, visitor, open_visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion")
    fields = {"email": EMAIL, "password": WRONG}

    before = [visitor.post("/connexion", fields).status_code for _ in range(4)]
    right = [open_visitor().sign_in(EMAIL).status_code for _ in range(3)]
    after = [visitor.post("/connexion", fields).status_code for _ in range(2)]

    assert before == [200] * 4
    assert right == [302] * 3
    assert after == [200, 429]


def test_accepted_recovery_code_gives_its_count_back(session, visitor, open_visitor):
    account_id = make_account(session, EMAIL, second_factor=True)
    codes = make_recovery_codes(session, account_id)

    for code in codes[:6]:
        other = open_visitor()
        other.give_password(EMAIL)
        assert other.give_code(code, f"{CODE_PAGE}/secours").status_code == 303


def test_guesses_refused_unseen_do_not_keep_the_account_shut_longer(session, visitor, app):
    """Those beyond the fifth are given back: a count is what was examined, and no more."""
    make_account(session, EMAIL)
    visitor.get("/connexion")

    guesses_at_once(visitor, "/connexion", {"email": EMAIL, "password": WRONG})

    with app.extensions["throttle"].engine().connect() as connection:
        assert connection.scalar(sa.text("SELECT max(hits) FROM rate_limit")) == EXAMINED
