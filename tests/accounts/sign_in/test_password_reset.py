"""Password reset: a link by mail, used once, by a post."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation import create_app
from consultation.accounts import staff
from consultation.accounts.models import Account, AuditEvent
from consultation.accounts.sign_in import passwords
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import kinds, outbox, rendering
from consultation.mail.models import MessageStatus, OutboxMessage
from tests.accounts.builders import (
    BASE,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    add_stand_ins,
    make_account,
    text_of,
)
from tests.mail.lookalikes import EACH_WAY, NAMES

EMAIL = "élise@association.example"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def ask(visitor, email=EMAIL, **options):
    visitor.get("/connexion/oubli")
    return visitor.post("/connexion/oubli", {"email": email}, **options)


def mails(session):
    session.rollback()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def resets(session):
    session.rollback()
    done = sa.select(AuditEvent.account_id).where(AuditEvent.action == "password_reset")
    return session.scalars(done).all()


def path_of_link(session):
    link = json.loads(mails(session)[-1].parameters)["link"]
    assert link.startswith(BASE)
    return link.removeprefix(BASE)


def set_password(visitor, path, password=OTHER_PASSWORD):
    visitor.get("/connexion")
    visitor.get(path)
    return visitor.post(path, {"password": password, "password_confirm": password})


def test_forgotten_password_is_replaced_by_a_mailed_link(session, visitor, open_visitor):
    account_id = make_account(session, EMAIL)

    page = ask(visitor)
    path = path_of_link(session)
    form = visitor.get(path)
    answer = visitor.post(path, {"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD})
    after = visitor.get(answer.location)
    old, new = open_visitor(), open_visitor()
    old.sign_in(EMAIL, PASSWORD)
    new.sign_in(EMAIL, OTHER_PASSWORD)

    assert "aucun lien ne peut vous parvenir" in page.text  # no server is set
    assert "vient d’y être envoyé" not in page.text
    assert form.status_code == 200
    assert answer.location == "/connexion"
    assert "connectez-vous avec le nouveau" in after.text
    assert not visitor.is_signed_in()
    assert not old.is_signed_in()
    assert new.is_signed_in()
    assert resets(session) == [account_id]


def test_mail_is_owed_to_the_account_in_french(session, visitor):
    make_account(session, EMAIL)

    ask(visitor, " ÉLISE@association.example")
    message = mails(session)[0]

    assert message.kind == "password_reset"
    assert message.recipient == EMAIL
    assert message.locale == "fr"
    assert message.status is MessageStatus.QUEUED


def test_mail_says_what_to_do(app, session, visitor):
    make_account(session, EMAIL)
    ask(visitor)
    kind = kinds.kind_named("password_reset")

    page = outbox.parameters_from(kind, mails(session)[0].parameters)
    letter = rendering.render(kind, "fr", [page], "jeanne@exemple.fr")

    assert letter.subject == "Choisir un autre mot de passe"
    assert f"{BASE}/connexion/oubli/" in letter.text
    assert page.link in letter.html
    assert "30 minutes" in letter.text.replace("\u00a0", " ")


def test_unknown_address_gets_the_same_page_and_no_mail(session, open_visitor):
    make_account(session, EMAIL)

    known = ask(open_visitor())
    unknown = ask(open_visitor(), "personne@association.example")
    nonsense = ask(open_visitor(), "personne")

    assert text_of(known) == text_of(unknown) == text_of(nonsense)
    assert len(mails(session)) == 1


@pytest.mark.parametrize(("address", "other"), EACH_WAY, ids=NAMES)
def test_address_that_looks_alike_resets_nobody_s_password(session, visitor, address, other):
    make_account(session, address)

    ask(visitor, other)

    assert mails(session) == []


def test_mail_goes_to_the_address_of_the_account_and_not_to_the_one_typed(session, visitor):
    make_account(session, EMAIL)

    ask(visitor, EMAIL.upper())

    assert [mail.recipient for mail in mails(session)] == [EMAIL]


def test_unknown_address_costs_as_much_as_a_known_one(unlimited, session, visitor):
    make_account(session, EMAIL)
    visitor.get("/connexion/oubli")

    def seconds(email):
        start = time.thread_time()
        visitor.post("/connexion/oubli", {"email": email})
        return time.thread_time() - start

    pairs = [(seconds(EMAIL), seconds("personne@association.example")) for _ in range(8)]
    known, unknown = map(min, zip(*pairs, strict=True))

    assert abs(known - unknown) < 0.01


def test_disabled_account_gets_no_mail(session, visitor):
    account_id = make_account(session, EMAIL)
    with writing(session):
        staff.disable(session, session.get(Account, account_id), now())

    ask(visitor)

    assert mails(session) == []


def test_looking_at_the_link_does_not_use_it(session, visitor, open_visitor):
    make_account(session, EMAIL)
    ask(visitor)
    path = path_of_link(session)

    for method in ("GET", "HEAD", "GET"):
        open_visitor().open(path, method=method)

    assert set_password(open_visitor(), path).status_code == 302


def test_reset_link_serves_once(session, visitor, open_visitor):
    make_account(session, EMAIL)
    ask(visitor)
    path = path_of_link(session)
    set_password(visitor, path)

    again = open_visitor()
    seen = again.get(path, follow_redirects=True)
    used = again.post(
        path,
        {"password": PASSWORD, "password_confirm": PASSWORD},
        follow_redirects=True,
    )

    for page in (seen, used):
        assert "Ce lien a déjà servi" in page.text
        assert "Envoyer le lien" in page.text
    assert not again.is_signed_in()


def test_reset_link_serves_for_thirty_minutes(session, open_visitor):
    make_account(session, EMAIL)
    with time_machine.travel(NOON, tick=False) as clock:
        ask(open_visitor())
        path = path_of_link(session)

        clock.shift(timedelta(minutes=29))
        in_time = open_visitor().get(path)
        clock.shift(timedelta(minutes=2))
        late = open_visitor().get(path, follow_redirects=True)
        refused = set_password(open_visitor(), path)

    assert "Nouveau mot de passe" in in_time.text
    assert "Ce lien a expiré" in late.text.replace("\u00a0", " ")
    assert refused.location == "/connexion/oubli"


def test_reset_ends_every_session(session, visitor, open_visitor):
    make_account(session, EMAIL)
    elsewhere = open_visitor()
    elsewhere.sign_in(EMAIL)
    ask(visitor)

    set_password(visitor, path_of_link(session))

    assert not elsewhere.is_signed_in()


def test_changed_password_makes_the_link_worthless(session, visitor, open_visitor):
    make_account(session, EMAIL)
    ask(visitor)
    path = path_of_link(session)
    owner = open_visitor()
    owner.sign_in(EMAIL)
    owner.change_password()

    answer = set_password(open_visitor(), path, "une troisième phrase, tout autre")

    assert answer.location == "/connexion/oubli"


@pytest.mark.parametrize(("password", "why"), [("court", "au moins 12"), (EMAIL, "votre adresse")])
def test_password_rule_holds_on_reset_too(session, visitor, password, why):
    make_account(session, EMAIL)
    ask(visitor)
    path = path_of_link(session)

    page = set_password(visitor, path, password)

    assert page.status_code == 200
    assert why in page.text.replace("\u202f", " ")
    assert set_password(visitor, path).status_code == 302


def test_reset_link_does_not_come_from_the_host_of_a_request(app, session):
    make_account(session, EMAIL)
    client = app.test_client()
    elsewhere = "https://ailleurs.example"
    with app.app_context():
        page = client.get("/connexion/oubli", base_url=elsewhere)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    with app.app_context():
        client.post(
            "/connexion/oubli", data={"email": EMAIL, "csrf_token": token}, base_url=elsewhere
        )

    assert path_of_link(session).startswith("/connexion/oubli/")


@pytest.mark.parametrize("token", ["x", "é", "a.b.c", "%00", "a" * 3000])
def test_forged_reset_link_leads_to_asking_for_another(visitor, token):
    page = visitor.get(f"/connexion/oubli/{token}", follow_redirects=True)

    assert page.status_code in (200, 404)
    assert "Ce lien a déjà servi" in page.text or "Cette page n’existe pas" in page.text


def test_of_two_posts_with_one_link_one_sets_the_password(app, session, visitor):
    make_account(session, EMAIL)
    ask(visitor)
    path = path_of_link(session)
    racers = [Browser(app), Browser(app)]
    for racer in racers:
        racer.get(path)
    ready, answers = threading.Barrier(2), []

    def set_at_once(racer):
        ready.wait()
        answers.append(
            racer.post(path, {"password": OTHER_PASSWORD, "password_confirm": OTHER_PASSWORD})
        )

    threads = [threading.Thread(target=set_at_once, args=(racer,)) for racer in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.location for answer in answers) == ["/connexion", "/connexion/oubli"]
    assert len(resets(session)) == 1


def test_reset_mail_is_not_enqueued_when_the_audit_log_cannot_be_written(session):
    requested = passwords.ResetRequest(999, EMAIL, "x")

    with pytest.raises(sa.exc.IntegrityError), writing(session):
        passwords.request_reset(session, requested, BASE, now())

    assert mails(session) == []


@pytest.fixture
def server_with_mail(app, settings):
    other = add_stand_ins(create_app(settings | {"MAIL_SERVER": "smtp.exemple.fr"}))
    yield other
    with other.app_context():
        db.engine.dispose()


def test_where_a_mail_server_is_set_the_page_says_that_a_mail_left(server_with_mail):
    assert "un courriel vient d’y être envoyé" in ask(Browser(server_with_mail)).text
