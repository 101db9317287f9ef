"""Administration of mail: resend, cancel, suppress, and the banner of staff pages."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.mail.models import MessageStatus
from tests.accounts.builders import Browser, make_account
from tests.mail.builders import deliver, enqueue, enqueue_alone, messages
from tests.pages import visible_text

pytestmark = pytest.mark.database

OUTBOX = "/administration/courriels"


def browser_of(app, session, *roles):
    """The browser of somebody signed in with these roles."""
    email = f"{'-'.join(roles)}@association.example"
    make_account(session, email, *roles)
    browser = Browser(app)
    browser.enter(email)
    browser.get("/organisation/")
    return browser


@pytest.fixture
def administrator(app, session):
    return browser_of(app, session, Role.ADMINISTRATOR)


@pytest.fixture
def organiser(app, session):
    return browser_of(app, session, Role.ORGANISER)


def actions(session):
    session.rollback()
    rows = session.execute(
        sa.select(AuditEvent.action, AuditEvent.subject)
        .where(AuditEvent.action.regexp_match("^(mail|address|answers)_"))
        .order_by(AuditEvent.id)
    )
    return [tuple(row) for row in rows]


def test_administrator_sends_again_what_was_given_up(session, app, administrator):
    number = enqueue_alone(
        session, "1", at=now(), status=MessageStatus.UNDELIVERABLE, last_error="smtp_450"
    )

    page = administrator.post(f"{OUTBOX}/renvoyer", {"message": number})
    count = deliver(session, app)

    assert page.status_code == 303
    assert count == (1, 0, 0)
    assert actions(session) == [("mail_resent", str(number))]


def test_administrator_cancels_what_waits_and_nothing_else(session, app, administrator):
    waiting = enqueue_alone(session, "1", at=now())
    sent = enqueue_alone(session, "2", "paul@exemple.fr", at=now())
    administrator.post(f"{OUTBOX}/annuler", {"message": waiting})
    count = deliver(session, app)

    refused = administrator.post(f"{OUTBOX}/annuler", {"message": sent}, follow_redirects=True)
    unknown = administrator.post(f"{OUTBOX}/annuler", {"message": 99}, follow_redirects=True)

    assert count == (1, 0, 0)
    assert [(m.status, m.last_error) for m in messages(session)] == [
        (MessageStatus.SUPPRESSED, "cancelled"),
        (MessageStatus.SENT, "kept_here"),
    ]
    assert "il ne peut pas être annulé" in visible_text(refused)
    assert "n'existe pas" in visible_text(unknown)
    assert len(actions(session)) == 1


def test_what_may_not_be_sent_is_not_sent_again_by_hand(session, administrator):
    administrator.post(f"{OUTBOX}/arrets", {"adresse": "jeanne@exemple.fr"})
    enqueue(session, "CODE-1", "jeanne@exemple.fr")
    (message,) = messages(session)

    page = administrator.post(f"{OUTBOX}/renvoyer", {"message": message.id}, follow_redirects=True)

    assert "levez d'abord l'interdiction" in visible_text(page)
    assert messages(session)[0].status is MessageStatus.SUPPRESSED


def test_addresses_that_want_no_mail_are_listed_masked_added_and_lifted(session, administrator):
    path = f"{OUTBOX}/arrets"
    empty = administrator.get(path)
    wrong = administrator.post(path, {"adresse": "jeanne à exemple"})
    administrator.post(path, {"adresse": " jeanne@exemple.fr "})
    listed = administrator.get(path)
    lift = re.search(r'action="([^"]+/lever)"', listed.text)[1]
    lifted = administrator.post(lift, follow_redirects=True)
    again = administrator.post(lift)

    assert "Personne, pour l'instant" in visible_text(empty)
    assert wrong.status_code == 422
    assert "<title>Erreur" in wrong.text
    assert 'value="jeanne à exemple"' in wrong.text
    assert "j…@e….fr" in listed.text
    assert "jeanne@" not in listed.text
    assert "Personne, pour l'instant" in visible_text(lifted)
    assert again.status_code == 404
    assert [action for action, _ in actions(session)] == ["address_stopped", "address_allowed"]


def test_only_administrators_direct_the_mail(session, app, organiser):
    enqueue_alone(session)
    paths = ("renvoyer", "annuler", "laisser-partir", "arrets", "arrets/x/lever")

    strangers = [Browser(app).get(f"{OUTBOX}/{path}").status_code for path in paths]
    colleagues = [organiser.post(f"{OUTBOX}/{path}", {"message": 1}).status_code for path in paths]

    assert set(strangers) == {303}  # to the sign-in
    assert set(colleagues) == {403}
    assert messages(session)[0].status is MessageStatus.QUEUED


def test_every_staff_page_says_when_no_mail_leaves(session, app, organiser):
    start = now()
    enqueue_alone(session, at=start)

    pages = []
    for minutes in (9, 11):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            pages.append(organiser.get("/organisation/contributions/"))
    deliver(session, app)
    pages.append(organiser.get("/organisation/contributions/"))

    says = ["Aucun courriel ne part depuis 11 min" in visible_text(page) for page in pages]
    assert says == [False, True, False]
    assert "jeanne" not in pages[1].text


def test_flood_of_acknowledgements_is_released_by_a_button(session, app, administrator):
    app.config["MAIL_HOURLY_CAP"] = 1
    for number in range(2):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr", at=now())
    deliver(session, app)

    page = administrator.get(OUTBOX)
    after = administrator.post(f"{OUTBOX}/laisser-partir", follow_redirects=True)
    deliver(session, app)

    assert "Laisser partir les accusés de réception" in page.text
    assert "Laisser partir" not in after.text
    assert [m.status for m in messages(session)] == [MessageStatus.SENT] * 2
    assert actions(session) == [("answers_let_go", None)]
