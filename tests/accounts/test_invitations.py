"""Invitations: links that open an account, once."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import invitations, staff
from consultation.accounts.models import Account, AccountInvitation, AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from tests.accounts.builders import (
    BASE,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    hash_of,
    make_account,
    make_invitation,
)
from tests.pages import straight
from tests.plan.pages import text_of
from tests.statements import failing_at

EMAIL = "élise@association.example"


def first_link(session):
    with writing(session):
        return invitations.first_administrator_link(session, BASE, now())


def roles_of(session, email):
    session.rollback()
    account = staff.find(session, email)
    return {held.role for held in account.roles}


def test_first_administrator_opens_the_site(session, visitor):
    link = first_link(session)
    token = link.removeprefix(f"{BASE}/connexion/bienvenue/")

    page = visitor.get(f"/connexion/bienvenue/{token}")
    answer = visitor.open_account(token, EMAIL)
    led_to = visitor.get(answer.location)
    visitor.set_up_second_factor()
    home = visitor.get(answer.location)

    assert "Au moins 12" in page.text.replace("\u202f", " ")
    assert 'autocomplete="new-password"' in page.text
    assert answer.location == "/organisation/"
    assert led_to.location == "/organisation/compte/deux-etapes"
    assert "organisation, modération, administration" in home.text
    assert roles_of(session, EMAIL) == {*Role}
    assert first_link(session) is None


def test_account_that_opens_as_the_database_goes_away_is_signed_in_to_by_hand(session, visitor):
    token = first_link(session).rpartition("/")[2]
    visitor.get(f"/connexion/bienvenue/{token}")

    with failing_at("INSERT INTO staff_session"):
        answer = visitor.open_account(token, EMAIL)

    assert "Votre compte est ouvert : connectez-vous" in text_of(visitor.get(answer.location))
    assert roles_of(session, EMAIL) == {*Role}


def test_later_link_for_the_first_administrator_replaces_the_earlier(session, visitor):
    earlier, later = (first_link(session).rpartition("/")[2] for _ in range(2))
    visitor.get("/connexion")

    refused = visitor.open_account(earlier, EMAIL)
    opened = visitor.open_account(later, EMAIL)

    assert refused.status_code == 404
    assert opened.status_code == 303


def test_link_for_the_first_administrator_does_not_expire(session):
    token = first_link(session).rpartition("/")[2]

    invitation = invitations.find_invitation(session, token, now() + timedelta(days=400))

    assert invitation.roles == [Role.ADMINISTRATOR]


def test_link_for_the_first_administrator_ends_when_one_came_by_another_way(session, visitor):
    token = first_link(session).rpartition("/")[2]
    make_account(session, "admin@association.example", Role.ADMINISTRATOR)
    visitor.get("/connexion")

    page = visitor.get(f"/connexion/bienvenue/{token}")
    answer = visitor.open_account(token, EMAIL)

    assert (page.status_code, answer.status_code) == (404, 404)
    session.rollback()
    assert staff.find(session, EMAIL) is None


def test_disabled_administrator_does_not_keep_the_site_shut(session, visitor):
    account_id = make_account(session, EMAIL, Role.ADMINISTRATOR)
    before = first_link(session)

    with writing(session):
        staff.disable(session, session.get(Account, account_id), now())

    assert before is None
    assert first_link(session) is not None


def test_second_administrator_gets_that_role_only(session, visitor):
    make_account(session, "première@association.example", Role.ADMINISTRATOR)
    token = make_invitation(session, Role.ADMINISTRATOR)

    visitor.open_account(token, EMAIL)

    assert roles_of(session, EMAIL) == {Role.ADMINISTRATOR}


def test_invitation_opens_one_account_only(session, visitor, open_visitor):
    token = make_invitation(session)
    visitor.open_account(token, EMAIL)

    late = open_visitor()
    late.get("/connexion")
    again = late.open_account(token, "autre@association.example")
    session.rollback()

    assert visitor.is_signed_in()
    assert again.status_code == 404
    assert "Ce lien n’ouvre plus de compte" in again.text
    assert staff.find(session, "autre@association.example") is None


def test_looking_at_the_page_of_an_invitation_does_not_use_it(session, visitor, open_visitor):
    token = make_invitation(session)

    for _ in range(3):
        open_visitor().get(f"/connexion/bienvenue/{token}")

    assert visitor.open_account(token, EMAIL).status_code == 303


@pytest.mark.parametrize("token", ["x", "é", "a" * 500, "%00", "..%2f..", "\u202e"])
def test_forged_link_gets_a_page_that_helps(visitor, token):
    page = visitor.get(f"/connexion/bienvenue/{token}")

    assert page.status_code == 404
    assert "Se connecter" in page.text or "Cette page n'existe pas" in page.text


def test_invitation_expires_after_seven_days(session, visitor):
    old = make_invitation(session, at=now() - timedelta(days=7, seconds=1))
    young = make_invitation(session, at=now() - timedelta(days=6, hours=23))
    visitor.get("/connexion")

    assert visitor.open_account(old, EMAIL).status_code == 404
    assert visitor.open_account(young, EMAIL).status_code == 303


def test_address_of_the_invitation_wins_over_any_other(session, visitor):
    token = make_invitation(session, email="éLISE@Association.example")

    page = visitor.get(f"/connexion/bienvenue/{token}")
    visitor.open_account(token, "autre@association.example")

    assert EMAIL in page.text
    assert 'name="email"' not in page.text
    assert staff.find(session, EMAIL) is not None
    assert staff.find(session, "autre@association.example") is None


def test_service_opens_no_other_account_than_the_invited_one(session):
    token = make_invitation(session, email=EMAIL)

    with writing(session):
        account = invitations.accept_invitation(
            session, token, "autre@association.example", hash_of(PASSWORD), now()
        )

    assert account.email == EMAIL


def test_link_serves_an_account_that_was_made_without_password(session, visitor):
    with writing(session):
        staff.create_account(session, EMAIL, [Role.MODERATOR], now())
    token = make_invitation(session, Role.ORGANISER, EMAIL)

    visitor.open_account(token)

    assert visitor.is_signed_in()
    assert roles_of(session, EMAIL) == {Role.MODERATOR, Role.ORGANISER}


def test_address_with_an_account_is_not_taken_over(session, visitor, open_visitor):
    make_account(session, EMAIL)
    token = make_invitation(session)

    page = visitor.open_account(token, EMAIL, OTHER_PASSWORD)
    owner = open_visitor()
    owner.sign_in(EMAIL, PASSWORD)

    assert page.status_code == 422
    assert "a déjà un compte" in page.text.replace("\u00a0", " ")
    assert owner.is_signed_in()
    assert visitor.open_account(token, "autre@association.example").status_code == 303


def test_nobody_is_invited_to_an_address_that_has_an_account(session):
    make_account(session, EMAIL)

    with pytest.raises(staff.AddressTaken):
        invitations.invitation_token(session, Role.MODERATOR, EMAIL.upper(), now())


@pytest.mark.parametrize(
    "email", ["", "élise", "a@b@c.fr", "a b@c.fr", "a@c.fr, b@c.fr", "a@b.invalid"]
)
def test_no_account_has_an_address_that_can_be_none(session, email):
    with pytest.raises(staff.AddressInvalid):
        staff.create_account(session, email, [Role.MODERATOR], now())


SPELLINGS = ["Élise@association.example", "e\N{COMBINING ACUTE ACCENT}lise@ASSOCIATION.example"]


@pytest.mark.parametrize(
    "spelling", [*SPELLINGS, "E\N{COMBINING ACUTE ACCENT}LISE@association.example"]
)
def test_no_two_accounts_differ_by_the_case_or_the_code_of_a_letter(session, spelling):
    account = staff.create_account(session, EMAIL, [Role.MODERATOR], now())

    assert staff.find(session, spelling) is account
    with pytest.raises(staff.AddressTaken):
        staff.create_account(session, spelling, [Role.MODERATOR], now())


@pytest.mark.parametrize("letter", ["É", "E\N{COMBINING ACUTE ACCENT}", "\N{KELVIN SIGN}", "İ"])
def test_no_link_goes_to_a_box_that_may_be_another_than_the_one_typed(session, letter):
    with pytest.raises(staff.AddressAmbiguous, match="en minuscules"):
        make_invitation(session, email=f"{letter}lise@association.example")
    with pytest.raises(staff.AddressAmbiguous):
        staff.create_account(session, f"{letter}lise@association.example", [Role.MODERATOR], now())


@pytest.mark.parametrize(
    ("email", "password", "again", "why"),
    [
        ("", PASSWORD, PASSWORD, "Écrivez votre adresse."),
        ("élise", PASSWORD, PASSWORD, "Écrivez une adresse complète"),
        ("Élise@association.example", PASSWORD, PASSWORD, "Écrivez cette adresse en minuscules"),
        (EMAIL, "trop court", "trop court", "au moins 12"),
        (EMAIL, "", "", "au moins 12"),
        (EMAIL, "z" * 201, "z" * 201, "au plus 200"),
        (EMAIL, "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", "trop facile"),
        (EMAIL, EMAIL.upper(), EMAIL.upper(), "ne peut pas être votre adresse"),
        (EMAIL, PASSWORD, PASSWORD + "x", "ne sont pas les mêmes"),
    ],
)
def test_error_stands_at_its_field_and_the_address_is_kept(
    session, visitor, email, password, again, why
):
    token = make_invitation(session)

    page = visitor.open_account(token, email, password, again)

    assert page.status_code == 422
    assert why in straight(page.text)
    assert f'value="{email}"' in page.text
    assert "aria-invalid" in page.text
    assert password not in page.text or password in ("", EMAIL)
    assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 0


@pytest.mark.parametrize("password", ["§µ£%¨*=$ù!;:", "四字熟語四字熟語一二三四", "a b c d e f g"])
def test_any_signs_make_a_password(session, visitor, open_visitor, password):
    visitor.open_account(make_invitation(session), EMAIL, password)

    again = open_visitor()
    again.sign_in(EMAIL, password)

    assert again.is_signed_in()


def test_database_holds_no_link_that_opens_an_account(session):
    token = make_invitation(session)

    row = session.scalars(sa.select(AccountInvitation)).one()
    with pytest.raises(invitations.InvitationOver):
        invitations.find_invitation(session, row.token_hash, now())

    assert token not in (row.token_hash, row.email)


def test_inviting_and_opening_are_in_the_trail_without_an_address(session, visitor):
    visitor.open_account(make_invitation(session, Role.MODERATOR, EMAIL))

    events = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
    account = staff.find(session, EMAIL)

    assert [event.action for event in events] == ["account_invited", "account_opened", "signed_in"]
    assert [event.account_id for event in events] == [None, account.id, account.id]
    assert not any("@" in f"{event.subject} {event.details}" for event in events)


def test_of_two_who_use_a_link_at_once_one_is_told_that_it_is_over(app, session):
    token = make_invitation(session)
    hashed = hash_of(PASSWORD)
    ready, outcomes = threading.Barrier(2), []
    engine = db.engine

    def accept(email):
        ready.wait()
        with Session(engine) as own:
            try:
                with writing(own):
                    invitations.accept_invitation(own, token, email, hashed, now())
                outcomes.append("opened")
            except invitations.InvitationOver:
                outcomes.append("over")

    racers = [
        threading.Thread(target=accept, args=(f"{name}@association.example",)) for name in "ab"
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert sorted(outcomes) == ["opened", "over"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


def test_who_is_signed_in_and_opens_another_account_leaves_the_first(session, app):
    make_account(session, "première@association.example")
    visitor, thief = Browser(app), Browser(app)
    visitor.sign_in("première@association.example")
    thief.cookie = visitor.cookie

    visitor.open_account(make_invitation(session), EMAIL)
    home = visitor.get("/organisation/")

    assert EMAIL in home.text
    assert not thief.is_signed_in()
