"""« Comptes » and « Mon compte » : inviting, roles, closing, sessions, and who may do so."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from consultation import create_app
from consultation.accounts import administration, invitations, staff
from consultation.accounts.administration import ChangeRefused
from consultation.accounts.models import (
    Account,
    AccountInvitation,
    AuditEvent,
    RecoveryCode,
    Role,
    SecondFactor,
    StaffSession,
)
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import kinds, outbox, rendering
from consultation.mail.models import OutboxMessage
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import (
    BASE,
    Browser,
    add_stand_ins,
    make_account,
    make_invitation,
    make_recovery_codes,
)
from tests.pages import straight
from tests.plan.forms import form_in, stored_texts

LIST = "/administration/comptes"
OWN = "/organisation/compte"
ADMIN = "admin@association.example"
EMAIL = "élise@association.example"
NEW = "nouvelle@association.example"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def administrator(session, visitor):
    """The browser of an administrator."""
    make_account(session, ADMIN, Role.ADMINISTRATOR)
    visitor.sign_in(ADMIN)
    visitor.get(LIST)
    return visitor


def page_of(session, email):
    session.rollback()
    return f"{LIST}/{staff.find(session, email).public_id}"


def roles_of(session, email):
    session.rollback()
    return {held.role for held in staff.find(session, email).roles}


def seen_of(session, email):
    """The mark of the roles of an account that its page carries."""
    return {"seen": administration.roles_version(staff.find(session, email))}


def give_roles(visitor, address, *roles):
    """Tick these roles on the page of an account, and no others."""
    form = form_in(visitor.get(address), "/roles")
    return visitor.post(f"{address}/roles", form | {"roles": list(roles)})


def text_of(page):
    return straight(page.text)


def mails(session):
    session.rollback()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def invite(visitor, email=NEW, roles=("moderator",)):
    return visitor.post(f"{LIST}/inviter", {"email": email, "roles": list(roles)})


def link_in(message):
    return json.loads(message.parameters)["link"]


def events(session, *actions):
    session.rollback()
    match = sa.select(AuditEvent).where(AuditEvent.action.in_(actions)).order_by(AuditEvent.id)
    return session.scalars(match).all()


def test_list_shows_accounts_with_roles_second_factor_and_when_they_were_seen(
    session, administrator
):
    with time_machine.travel(NOON, tick=False):
        make_account(session, EMAIL, Role.ORGANISER, Role.MODERATOR)
    closed = make_account(session, "close@association.example", Role.ADMINISTRATOR)
    with writing(session):
        staff.disable(session, session.get(Account, closed), now())

    page = administrator.get(LIST)
    rows = [
        " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for row in re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)[1:]
    ]

    assert rows[0].startswith(f"{ADMIN} (vous) administration ouvert oui ")
    assert (
        rows[1] == f"{EMAIL} organisation, modération ouvert non 24 novembre 2026 à 13 h 00 jamais"
    )
    assert "close@association.example administration fermé oui" in rows[2]
    assert "Aucune invitation n'attend" in text_of(page)


def test_second_step_is_advised_while_a_password_alone_opens_an_account(
    session, administrator, app
):
    assert "passe seul" not in text_of(administrator.get(LIST))

    make_account(session, EMAIL, Role.ORGANISER)
    page = administrator.get(LIST)
    assert "1 compte s'ouvre par un mot de passe seul" in " ".join(text_of(page).split())
    assert 'id="SECOND_FACTOR_ORGANISERS"' in administrator.get("/administration/reglages").text
    assert "/administration/reglages#SECOND_FACTOR_ORGANISERS" in page.text

    app.config["SECOND_FACTOR_ORGANISERS"] = True
    assert "passe seul" not in text_of(administrator.get(LIST))


def test_invitation_is_mailed_opens_an_account_and_leaves_the_list(
    app, session, administrator, open_visitor
):
    answer = invite(administrator, roles=("organiser", "moderator"))
    page = administrator.get(answer.location)
    [message] = mails(session)
    kind = kinds.kind_named("account_invitation")
    parameters = outbox.parameters_from(kind, message.parameters)
    letter = rendering.render(kind, "fr", [parameters], NEW)
    path = re.search(rf"{BASE}(/connexion/bienvenue/\S+)", letter.text)[1]
    newcomer = open_visitor()
    newcomer.open_account(path.rpartition("/")[2])
    after = administrator.get(LIST)

    assert answer.status_code == 303
    assert f"L'invitation de {NEW} est prête" in text_of(page)
    assert 'class="personal-link"' in page.text
    assert "organisation, modération" in page.text
    assert message.recipient == NEW
    assert "organisation, modération" in letter.text.replace("\n", " ")
    assert newcomer.is_signed_in()
    assert roles_of(session, NEW) == {Role.ORGANISER, Role.MODERATOR}
    assert "Aucune invitation n'attend" in text_of(after)


def test_administrator_invited_by_mail_sets_the_second_factor_up_first(
    session, administrator, open_visitor
):
    invite(administrator, roles=("administrator",))
    newcomer = open_visitor()

    newcomer.open_account(link_in(mails(session)[0]).rpartition("/")[2])
    before = newcomer.get(LIST)
    newcomer.set_up_second_factor()

    assert before.location == f"{OWN}/deux-etapes"
    assert newcomer.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("email", "roles", "why"),
    [
        ("", ("moderator",), "Écrivez une adresse complète"),
        ("élise", ("moderator",), "Écrivez une adresse complète"),
        ("a@b.c, d@e.f", ("moderator",), "Écrivez une adresse complète"),
        ("Élise@association.example", ("moderator",), "Écrivez cette adresse en minuscules"),
        (NEW, (), "Choisissez au moins un rôle"),
        (NEW, ("superuser",), "Choisissez au moins un rôle"),
    ],
)
def test_impossible_invitation_is_refused_with_what_was_typed(
    session, administrator, email, roles, why
):
    page = invite(administrator, email, roles)

    assert page.status_code == 422
    assert why in text_of(page)
    assert f'value="{email}"' in page.text
    assert '<fieldset class="field ticks' in page.text
    assert ("checked" in page.text) == ("moderator" in roles)
    assert mails(session) == []


def test_address_with_an_account_gets_the_roles_instead(session, administrator):
    make_account(session, EMAIL)

    answer = invite(administrator, EMAIL.upper(), ("moderator", "organiser"))
    again = invite(administrator, EMAIL, ("moderator",))

    text = text_of(administrator.get(answer.location))
    assert "a déjà un compte : il a maintenant aussi le rôle modération" in text
    assert "rien n'a changé" in text
    assert again.status_code == 303
    assert mails(session) == []
    assert roles_of(session, EMAIL) == {Role.ORGANISER, Role.MODERATOR}


def test_several_roles_that_an_account_gets_are_told_as_several(session, administrator):
    make_account(session, EMAIL)

    answer = invite(administrator, EMAIL, ("moderator", "administrator"))

    text = text_of(administrator.get(answer.location))
    assert "il a maintenant aussi les rôles modération et administration" in text


def test_invitation_is_not_sent_again_to_who_has_an_account_by_now(session, administrator):
    invite(administrator)
    [path] = re.findall(r'action="(\S+/renvoyer)"', administrator.get(LIST).text)
    make_account(session, NEW)

    answer = administrator.post(path)

    assert answer.status_code == 303
    assert "Cette adresse a déjà un compte" in text_of(administrator.get(answer.location))
    assert len(mails(session)) == 1


def test_disabled_account_is_not_invited(session, administrator):
    account_id = make_account(session, EMAIL)
    with writing(session):
        staff.disable(session, session.get(Account, account_id), now())

    page = invite(administrator, EMAIL)

    assert page.status_code == 422
    assert "dont l'accès est fermé" in text_of(page)
    assert roles_of(session, EMAIL) == {Role.ORGANISER}


def test_another_invitation_replaces_the_one_that_waits(session, administrator, open_visitor):
    invite(administrator, roles=("administrator",))
    invite(administrator, NEW.upper(), roles=("moderator",))

    first, second = (link_in(message).rpartition("/")[2] for message in mails(session))
    late, newcomer = open_visitor(), open_visitor()
    late.get("/connexion")
    refused = late.open_account(first)
    newcomer.open_account(second)

    assert refused.status_code == 404
    assert roles_of(session, NEW) == {Role.MODERATOR}


def test_invitation_is_sent_again_and_cancelled(session, administrator, open_visitor):
    invite(administrator)
    [path] = re.findall(r'action="(\S+/renvoyer)"', administrator.get(LIST).text)
    again = administrator.post(path)
    first, second = (link_in(message).rpartition("/")[2] for message in mails(session))
    [cancelling] = re.findall(r'action="(\S+/annuler)"', administrator.get(LIST).text)
    administrator.post(cancelling)
    twice = administrator.post(cancelling)
    page = administrator.get(twice.location)
    newcomer = open_visitor()
    newcomer.get("/connexion")

    assert again.status_code == 303
    assert first != second
    assert [newcomer.open_account(token).status_code for token in (first, second)] == [404, 404]
    assert "acceptée ou annulée entre-temps" in text_of(page)
    session.rollback()
    assert session.scalars(sa.select(AccountInvitation)).all() == []


def test_expired_invitation_is_shown_so_and_can_be_sent_again(session, administrator):
    with writing(session):
        invitations.invitation_token(session, [Role.MODERATOR], NEW, now() - timedelta(days=8))

    page = administrator.get(LIST)
    [path] = re.findall(r'action="(\S+/renvoyer)"', page.text)
    administrator.post(path)
    after = administrator.get(LIST)

    assert ">expiré<" in page.text
    assert ">expiré<" not in after.text
    assert len(mails(session)) == 1


def test_without_a_mail_server_the_link_is_shown_once_to_be_handed_over(session, administrator):
    answer = invite(administrator)

    first, second = administrator.get(answer.location), administrator.get(LIST)

    assert link_in(mails(session)[0]) in first.text
    assert "/bienvenue/" not in second.text


def test_with_a_mail_server_no_page_shows_the_link(app, session, administrator):
    app.config["MAIL_SERVER"] = "smtp.exemple.fr"

    page = administrator.get(invite(administrator).location)

    assert "/bienvenue/" not in page.text


def test_roles_are_changed_and_hold_at_the_next_request(session, administrator, open_visitor):
    make_account(session, EMAIL)
    member = open_visitor()
    member.sign_in(EMAIL)
    before = member.get("/moderation").status_code, member.get("/organisation/exports").status_code

    give_roles(administrator, page_of(session, EMAIL), "moderator")

    after = member.get("/moderation").status_code, member.get("/organisation/exports").status_code
    [event] = events(session, "roles_changed")
    assert before == (403, 200)
    assert after == (200, 403)
    assert event.details == {"added": ["moderator"], "removed": ["organiser"]}


def test_account_keeps_at_least_one_role(session, administrator):
    make_account(session, EMAIL)

    page = give_roles(administrator, page_of(session, EMAIL))

    assert page.status_code == 422
    assert "Choisissez au moins un rôle" in text_of(page)
    assert roles_of(session, EMAIL) == {Role.ORGANISER}


def test_role_that_a_colleague_granted_is_not_undone_unseen(session, administrator, open_visitor):
    make_account(session, EMAIL)
    make_account(session, "autre@association.example", Role.ADMINISTRATOR)
    colleague, address = open_visitor(), page_of(session, EMAIL)
    colleague.sign_in("autre@association.example")
    mine = form_in(administrator.get(address), "/roles") | {"roles": ["administrator"]}
    give_roles(colleague, address, "organiser", "moderator")

    page = administrator.post(f"{address}/roles", mine)

    assert page.status_code == 409
    assert "Quelqu'un d'autre a modifié les rôles de ce compte entre-temps" in text_of(page)
    assert form_in(page, "/roles")["roles"] == "administrator"
    roles = stored_texts(page)["roles"].splitlines()
    assert [it.partition(" :")[0] for it in roles] == [
        Role.ORGANISER.label, Role.MODERATOR.label,
    ]  # fmt: skip
    assert roles_of(session, EMAIL) == {Role.ORGANISER, Role.MODERATOR}
    assert administrator.post(f"{address}/roles", form_in(page, "/roles")).status_code == 303
    assert roles_of(session, EMAIL) == {Role.ADMINISTRATOR}


@pytest.fixture
def other_server(app, settings):
    """The same site in another process, as far as its memory goes."""
    other = add_stand_ins(create_app(settings))
    yield other
    with other.app_context():
        db.engine.dispose()


def test_closing_an_access_cuts_its_session_on_another_server(session, administrator, other_server):
    make_account(session, EMAIL)
    member = Browser(other_server)
    member.sign_in(EMAIL)
    before = member.is_signed_in()

    answer = administrator.post(f"{page_of(session, EMAIL)}/fermer")
    cut = member.is_signed_in()
    member.sign_in(EMAIL)
    shut = member.is_signed_in()
    administrator.post(f"{page_of(session, EMAIL)}/rouvrir")
    member.sign_in(EMAIL)

    assert answer.status_code == 303
    assert (before, cut, shut) == (True, False, False)
    assert member.is_signed_in()
    assert [event.action for event in events(session, "account_disabled", "account_enabled")] == [
        "account_disabled",
        "account_enabled",
    ]


def test_roles_and_the_second_factor_taken_hold_on_another_server(
    session, administrator, other_server
):
    make_account(session, EMAIL, Role.ADMINISTRATOR)
    member = Browser(other_server)
    member.sign_in(EMAIL)
    before = member.get(LIST).status_code

    give_roles(administrator, page_of(session, EMAIL), "moderator")

    assert before == 200
    assert member.get(LIST).status_code == 403


def test_sessions_of_an_account_are_ended(session, administrator, open_visitor):
    make_account(session, EMAIL)
    members = open_visitor(), open_visitor()
    for member in members:
        member.sign_in(EMAIL)

    answer = administrator.post(f"{page_of(session, EMAIL)}/connexions/fermer")

    assert "Connexions fermées : 2" in text_of(administrator.get(answer.location))
    assert not any(member.is_signed_in() for member in members)
    assert events(session, "sessions_ended")[0].details == {"sessions": 2}


def test_second_factor_is_taken_from_who_lost_everything(session, administrator, open_visitor):
    account_id = make_account(session, EMAIL, second_factor=True)
    make_recovery_codes(session, account_id)
    member = open_visitor()
    member.sign_in(EMAIL)

    answer = administrator.post(f"{page_of(session, EMAIL)}/deux-etapes/retirer")
    cut = not member.is_signed_in()
    member.give_password(EMAIL)

    assert "retirés" in text_of(administrator.get(answer.location))
    assert cut
    assert member.is_signed_in()
    session.rollback()
    assert session.get(SecondFactor, account_id) is None
    assert session.scalars(sa.select(RecoveryCode)).all() == []
    assert len(events(session, "second_factor_reset")) == 1


@pytest.mark.parametrize(
    ("act", "fields", "why"),
    [
        ("roles", {"roles": ["organiser"]}, "retirer votre propre rôle"),
        ("fermer", {}, "fermer votre propre accès"),
        ("deux-etapes/retirer", {}, "depuis « Mon compte »"),
    ],
)
def test_nobody_takes_their_own_administration(session, administrator, act, fields, why):
    make_account(session, EMAIL, Role.ADMINISTRATOR)

    seen = seen_of(session, ADMIN)
    page = administrator.post(f"{page_of(session, ADMIN)}/{act}", fields | seen)

    assert page.status_code == 422
    assert why in text_of(page)
    assert administrator.get(LIST).status_code == 200


@pytest.mark.parametrize(("act", "fields"), [("roles", {"roles": ["organiser"]}), ("fermer", {})])
def test_last_administrator_stays(session, administrator, act, fields):
    seen = seen_of(session, ADMIN)
    page = administrator.post(f"{page_of(session, ADMIN)}/{act}", fields | seen)

    assert page.status_code == 422
    assert "la dernière personne qui administre" in text_of(page)
    assert roles_of(session, ADMIN) == {Role.ADMINISTRATOR}


ACCOUNTS = ["a", "b", "c", "d"]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(ACCOUNTS),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(["disable", "enable", "roles"]),
        st.sets(st.sampled_from(list(Role))),
    ),
    max_size=25,
)


@pytest.fixture
def staff_ids(session):
    """Four accounts, of which two administer the site."""
    roles = [[Role.ADMINISTRATOR], [*Role], [Role.ORGANISER], [Role.MODERATOR]]
    return {
        name: make_account(session, f"{name}@association.example", *held)
        for name, held in zip(ACCOUNTS, roles, strict=True)
    }


def perform(own, staff_ids, act):
    """Do what one member of the staff, by the roles held now, does to another."""
    who, whom, what, roles = act
    actor_row, target = own.get(Account, staff_ids[who]), own.get(Account, staff_ids[whom])
    actor = StaffActor(actor_row.id, "", frozenset(held.role for held in actor_row.roles))
    if what == "roles":
        seen = administration.roles_version(target)
        administration.set_roles(Work(own, actor, now()), target.public_id, roles, seen)
    else:
        getattr(administration, what)(Work(own, actor), target.public_id)


def test_whatever_is_done_somebody_administers_the_site(session, staff_ids):
    @examples(max_examples=40)
    @given(ACTS)
    def check(acts):
        for act in acts:
            try:
                with writing(session):
                    perform(session, staff_ids, act)
            except (ChangeRefused, NotAllowed):
                pass
            assert session.scalars(staff.administrators()).all()

    check()


def test_of_two_administrators_who_close_each_other_at_once_one_stays(session, staff_ids):
    engine, ready, outcomes = db.engine, threading.Barrier(2), []

    def act(who, whom):
        with Session(engine) as own:
            ready.wait()
            try:
                with writing(own):
                    perform(own, staff_ids, (who, whom, "disable", set()))
                outcomes.append("closed")
            except (ChangeRefused, NotAllowed):
                outcomes.append("refused")

    threads = [threading.Thread(target=act, args=pair) for pair in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    session.rollback()
    assert sorted(outcomes) == ["closed", "refused"]
    assert len(session.scalars(staff.administrators()).all()) == 1


def test_administrator_disabled_meanwhile_changes_nothing_more(session, staff_ids):
    held = session.get(Account, staff_ids["c"])
    public_id, seen = held.public_id, administration.roles_version(held)
    stale = StaffActor(staff_ids["b"], "", frozenset(Role))
    with writing(session):
        perform(session, staff_ids, ("a", "b", "disable", set()))

    work, roles = Work(session, stale, now()), [Role.ADMINISTRATOR]
    with pytest.raises(NotAllowed), writing(session):
        administration.set_roles(work, public_id, roles, seen)

    assert roles_of(session, "c@association.example") == {Role.ORGANISER}


PAGES = [
    ("GET", LIST),
    ("POST", f"{LIST}/inviter"),
    ("POST", f"{LIST}/invitations/{{invitation}}/renvoyer"),
    ("POST", f"{LIST}/invitations/{{invitation}}/annuler"),
    ("GET", f"{LIST}/{{account}}"),
    ("POST", f"{LIST}/{{account}}/roles"),
    ("POST", f"{LIST}/{{account}}/fermer"),
    ("POST", f"{LIST}/{{account}}/rouvrir"),
    ("POST", f"{LIST}/{{account}}/connexions/fermer"),
    ("POST", f"{LIST}/{{account}}/deux-etapes/retirer"),
]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [(None, 404), ([Role.ORGANISER], 403), ([Role.MODERATOR], 403), ([Role.ADMINISTRATOR], None)],
    ids=["stranger", "organiser", "moderator", "administrator"],
)
def test_who_may_open_the_pages_of_accounts(session, visitor, roles, expected):
    make_account(session, ADMIN, Role.ADMINISTRATOR)
    make_account(session, EMAIL, second_factor=True)
    make_invitation(session, Role.MODERATOR, NEW)
    ids = {
        "account": staff.find(session, EMAIL).public_id,
        "invitation": session.scalars(sa.select(AccountInvitation.public_id)).one(),
    }
    if roles:
        make_account(session, "moi@association.example", *roles)
        visitor.sign_in("moi@association.example")
    visitor.get(OWN if roles else "/connexion")
    fields = {"email": NEW, "roles": ["organiser"]} | seen_of(session, EMAIL)

    answers = {
        (method, path): visitor.open(path.format(**ids)).status_code
        if method == "GET"
        else visitor.post(path.format(**ids), fields).status_code
        for method, path in PAGES
    }
    posts = {("POST", OWN + path) for path in ("/connexions/fermer", "/connexions/x/fermer")}
    own = [visitor.post(path).status_code for _method, path in posts]

    if expected is None:
        assert set(answers.values()) <= {200, 303}
    else:
        shut = {303, 404} if expected == 404 else {expected}  # a page leads to the sign-in
        assert set(answers.values()) == shut
        assert roles_of(session, EMAIL) == {Role.ORGANISER}
    assert set(own) == ({303} if roles else {404})


@pytest.mark.parametrize("act", ["", "/roles", "/fermer", "/rouvrir", "/connexions/fermer"])
def test_unknown_account_is_not_found(administrator, act):
    path = f"{LIST}/AAAAAAAAAAAAAAAAAAAAAA{act}"

    answer = administrator.post(path, {"roles": ["moderator"]}) if act else administrator.get(path)

    assert answer.status_code == 404
    assert "Revenir à l'accueil de l'équipe" in text_of(answer)


def test_ones_own_sessions_are_listed_and_closed_one_by_one(session, open_visitor):
    account_id = make_account(session, EMAIL)
    here, there, elsewhere = open_visitor(), open_visitor(), open_visitor()
    for browser in (here, there, elsewhere):
        browser.sign_in(EMAIL)
    page = here.get(OWN)
    [first, _second] = re.findall(r'action="(\S+/connexions/\S+/fermer)"', page.text)

    answer = here.post(first)
    after = here.get(answer.location)
    open_now = [browser.is_signed_in() for browser in (here, there, elsewhere)]
    here.get(OWN)
    here.post(f"{OWN}/connexions/fermer")

    assert page.text.count("Celle-ci") == 1
    assert "Cette connexion est fermée" in text_of(after)
    assert open_now[0]
    assert sum(open_now) == 2
    assert [browser.is_signed_in() for browser in (here, there, elsewhere)] == [True, False, False]
    assert len(events(session, "sessions_ended")) == 2
    assert session.scalars(sa.select(StaffSession.account_id)).all() == [account_id] * 3


def test_nobody_closes_the_session_of_somebody_else_from_their_own_page(session, open_visitor):
    make_account(session, EMAIL)
    make_account(session, NEW)
    owner, other = open_visitor(), open_visitor()
    owner.sign_in(EMAIL)
    other.sign_in(NEW)
    foreign = session.scalars(
        sa.select(StaffSession.public_id).join(Account).where(Account.email == EMAIL)
    ).one()
    other.get(OWN)

    other.post(f"{OWN}/connexions/{foreign}/fermer")

    assert owner.is_signed_in()


def test_my_account_tells_address_and_roles_and_leads_to_the_password(session, visitor):
    make_account(session, EMAIL, Role.ORGANISER, Role.MODERATOR)
    visitor.sign_in(EMAIL)

    page = visitor.get(OWN)

    assert EMAIL in page.text
    assert "organisation, modération" in page.text
    assert 'href="/connexion/mot-de-passe"' in page.text
    assert f'href="{OWN}"' in visitor.get("/organisation/").text


def test_refusal_names_the_role_that_is_missing_those_held_and_whom_to_ask(
    session, visitor, administrator, open_visitor
):
    make_account(session, EMAIL, Role.MODERATOR)
    make_account(session, "autre@association.example", Role.ADMINISTRATOR)
    member = open_visitor()
    member.sign_in(EMAIL)

    page = member.get("/organisation/exports")
    own = administrator.get("/organisation/contributions/")

    text = " ".join(re.sub(r"<[^>]+>", "", text_of(page)).split())
    assert page.status_code == 403
    assert "Cette page s'ouvre avec le rôle organisation. Vous avez : modération." in text
    assert f"Demandez-le à une personne qui administre le site : {ADMIN}, autre@" in text
    assert "avec le rôle organisation ou modération. Vous avez : administration." in " ".join(
        re.sub(r"<[^>]+>", "", text_of(own)).split()
    )


def test_stranger_is_told_of_no_role_and_nobody(session, visitor):
    make_account(session, ADMIN, Role.ADMINISTRATOR)

    page = visitor.post("/organisation/exports", {})
    led_on = visitor.get("/organisation/exports")

    assert page.status_code == 403
    assert led_on.status_code == 303
    assert "organisation. Vous" not in text_of(page)
    assert ADMIN not in page.text


def test_disabled_administrator_is_not_named(session, administrator, open_visitor):
    closed = make_account(session, "close@association.example", Role.ADMINISTRATOR)
    with writing(session):
        staff.disable(session, session.get(Account, closed), now())
    make_account(session, EMAIL)
    member = open_visitor()
    member.sign_in(EMAIL)

    page = member.get(LIST)

    assert f"la personne qui administre le site : {ADMIN}" in re.sub(r"<[^>]+>", "", text_of(page))


def test_audit_log_of_accounts_holds_no_address(session, administrator):
    make_account(session, EMAIL, second_factor=True)
    invite(administrator)
    invite(administrator, EMAIL, ("moderator",))
    for act in ("roles", "connexions/fermer", "deux-etapes/retirer", "fermer", "rouvrir"):
        fields = {"roles": ["organiser"]} | seen_of(session, EMAIL)
        administrator.post(f"{page_of(session, EMAIL)}/{act}", fields)

    session.rollback()
    rows = session.scalars(sa.select(AuditEvent)).all()

    assert {row.action for row in rows} >= {
        "account_invited", "roles_granted", "roles_changed", "sessions_ended",
        "second_factor_reset", "account_disabled", "account_enabled",
    }  # fmt: skip
    assert not any("@" in f"{row.subject} {row.details}" for row in rows)
