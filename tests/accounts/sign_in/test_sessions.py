"""Sessions: ended by signing out, by time, by another password, by disabling."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts import staff
from consultation.accounts.models import Account, Role, StaffSession
from consultation.accounts.sign_in import sessions
from consultation.clock import now
from consultation.db.base import writing
from tests.accounts.builders import OTHER_PASSWORD, PASSWORD, make_account

EMAIL = "élise@association.example"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def go_on(clock, **duration):
    clock.shift(timedelta(**duration))


def test_copied_cookie_opens_nothing_after_signing_out(session, visitor, open_visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    thief = open_visitor()
    thief.cookie = visitor.cookie
    worked = thief.is_signed_in()

    visitor.get("/organisation/")
    visitor.post("/connexion/quitter")

    assert worked
    assert not thief.is_signed_in()
    assert thief.get("/connexion/mot-de-passe").status_code == 303


def test_database_holds_no_token_that_a_cookie_could_use(session, visitor):
    account_id = make_account(session, EMAIL)

    with writing(session):
        token = sessions.open_session(session, session.get(Account, account_id), now())
    stored = session.scalars(sa.select(StaffSession.token_hash)).all()

    assert len(token) >= 43
    assert token not in stored
    assert sessions.find(session, stored[0], now()) is None
    assert sessions.find(session, token, now()).account_id == account_id


def test_session_ends_after_thirty_idle_minutes(session, visitor, clock):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    go_on(clock, minutes=29)
    still = visitor.is_signed_in()
    go_on(clock, minutes=30)

    assert still
    assert not visitor.is_signed_in()


def test_busy_session_ends_after_twelve_hours(session, visitor, clock):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    for _ in range(12 * 3 - 1):
        go_on(clock, minutes=20)
        assert visitor.is_signed_in()
    go_on(clock, minutes=20)

    assert not visitor.is_signed_in()


def test_sighting_is_written_at_most_once_a_minute(session, visitor, clock):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    def seen_after(seconds):
        go_on(clock, seconds=seconds)
        visitor.get("/organisation/")
        session.rollback()
        return session.scalars(sa.select(StaffSession.seen_at)).one()

    assert seen_after(50) == NOON
    assert seen_after(20) == NOON + timedelta(seconds=70)
    assert seen_after(59) == NOON + timedelta(seconds=70)


def test_late_sighting_does_not_bring_back_a_revoked_session(session, clock):
    account_id = make_account(session, EMAIL)
    with writing(session):
        token = sessions.open_session(session, session.get(Account, account_id), NOON)

    with writing(session):
        sessions.revoke(session, token, NOON)
        sessions.note_sighting(session, token, NOON + timedelta(minutes=2))

    assert sessions.find(session, token, NOON + timedelta(minutes=2)) is None


def test_session_ended_twice_is_told_apart_from_one_ended_once(session):
    account_id = make_account(session, EMAIL)
    with writing(session):
        token = sessions.open_session(session, session.get(Account, account_id), NOON)

    with writing(session):
        first, second = sessions.revoke(session, token, NOON), sessions.revoke(session, token, NOON)

    assert (first, second) == (account_id, None)


def test_changing_the_password_ends_every_other_session(session, visitor, open_visitor):
    make_account(session, EMAIL)
    elsewhere, thief = open_visitor(), open_visitor()
    elsewhere.sign_in(EMAIL)
    visitor.sign_in(EMAIL)
    thief.cookie = visitor.cookie

    answer = visitor.change_password()
    home = visitor.get(answer.location)

    assert answer.location == "/organisation/"
    assert "Votre mot de passe est changé" in home.text
    assert not elsewhere.is_signed_in()
    assert not thief.is_signed_in()
    assert visitor.is_signed_in()


def test_after_a_change_only_the_new_password_signs_in(session, visitor, open_visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    visitor.change_password(PASSWORD, OTHER_PASSWORD)
    with_old, with_new = open_visitor(), open_visitor()
    with_old.sign_in(EMAIL, PASSWORD)
    with_new.sign_in(EMAIL, OTHER_PASSWORD)

    assert not with_old.is_signed_in()
    assert with_new.is_signed_in()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("une autre phrase", OTHER_PASSWORD, "Ce n’est pas votre mot de passe actuel"),
        ("x" * 5000, OTHER_PASSWORD, "Ce n’est pas votre mot de passe"),
        ("", OTHER_PASSWORD, "Écrivez le mot de passe"),
        (PASSWORD, PASSWORD, "Choisissez un mot de passe différent"),
        (PASSWORD, "trop court", "au moins 12"),
        (PASSWORD, "y" * 5000, "au plus 200"),
        (PASSWORD, EMAIL, "Le mot de passe ne peut pas être votre adresse"),
        (PASSWORD, "Motdepasse123", "trop facile à deviner"),
    ],
)
def test_refused_change_says_why_and_changes_nothing(session, visitor, old, new, why):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    page = visitor.change_password(old, new)

    assert page.status_code == 200
    assert why in page.text.replace("\u202f", " ")
    assert "<title>Erreur" in page.text.replace("\u00a0", " ")
    assert visitor.is_signed_in()


def test_disabling_an_account_ends_its_sessions_at_once(session, visitor):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    before = visitor.is_signed_in()

    with writing(session):
        staff.disable(session, session.get(Account, account_id), now())

    assert before
    assert not visitor.is_signed_in()


def test_account_disabled_by_hand_is_shut_out_as_well(session, visitor):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    with writing(session):
        session.get(Account, account_id).active = False

    assert not visitor.is_signed_in()


def test_roles_are_those_of_the_present_and_not_of_the_sign_in(session, visitor):
    account_id = make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    before = visitor.get("/moderation").status_code

    with writing(session):
        account = session.get(Account, account_id)
        staff.grant(session, account, [Role.MODERATOR], now())

    assert before == 403
    assert visitor.get("/moderation").status_code == 200


def test_rows_that_no_cookie_can_open_any_more_are_removed(session, visitor, clock):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    go_on(clock, hours=13)
    visitor.sign_in(EMAIL)

    assert session.scalar(sa.select(sa.func.count()).select_from(StaffSession)) == 1
