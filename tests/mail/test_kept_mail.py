"""Local mailbox: its mails are displayed as kept on this machine, never as sent."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.db.base import writing
from consultation.mail import displayed_states, labels
from consultation.mail.delivery import loop
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.mail.outbox_actions import NotPossible, resend
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.mail.builders import START, Administrator, enqueue_alone, messages
from tests.pages import visible_text

pytestmark = pytest.mark.database

KEPT = "gardé sur cette machine"
OUTBOX = "/administration/courriels"


def deliver(session, app):
    """Let the worker pass; no mail server is set."""
    loop.deliver(session, app.config)
    session.expire_all()


@pytest.fixture
def administrator(app, session):
    make_account(session, "adm@association.example", Role.ADMINISTRATOR)
    browser = Browser(app)
    browser.enter("adm@association.example")
    return browser


def test_kept_mail_is_counted_as_kept(session, app):
    with writing(session):
        enqueue_alone(session)

    deliver(session, app)

    counts = displayed_states.counts(session)
    assert (counts[DisplayedState.KEPT], counts[DisplayedState.SENT]) == (1, 0)
    assert messages(session)[0].status is MessageStatus.SENT
    assert f"{KEPT} : 1" in labels.status_lines(session, START)
    assert "parti : 0" in labels.status_lines(session, START)


def test_each_displayed_state_is_a_state_of_a_message_or_kept():
    known = {status.value for status in MessageStatus}

    assert {state.value for state in DisplayedState} == known | {"kept"}
    for status in MessageStatus:
        assert displayed_states.of(status, None).value == status.value


def test_list_of_mails_says_kept_and_finds_them_by_that_state(session, app, administrator):
    with writing(session):
        enqueue_alone(session)
    deliver(session, app)

    page = administrator.get(OUTBOX)
    kept = administrator.get(f"{OUTBOX}?etat=kept")
    gone = administrator.get(f"{OUTBOX}?etat=sent")

    [state] = re.findall(r'<span class="state">([^<]*)</span>', page.text)
    assert state.replace("\xa0", " ") == KEPT
    assert "aucun serveur d'envoi n'était réglé" in visible_text(page)
    assert KEPT in re.findall(r'<span class="state">([^<]*)</span>', kept.text)
    assert "Aucun courriel ne correspond" in visible_text(gone)


def test_what_was_kept_stays_so_when_a_server_is_set_later(session, app):
    with writing(session):
        enqueue_alone(session)
    deliver(session, app)

    app.config["MAIL_SERVER"] = "smtp.exemple.fr"

    assert displayed_states.counts(session)[DisplayedState.KEPT] == 1
    with pytest.raises(NotPossible, match=KEPT), writing(session):
        resend(Work(session, Administrator(), START), messages(session)[0].id)


def test_mail_kept_by_an_earlier_version_is_noted_when_the_site_starts(session, app):
    with writing(session):
        enqueue_alone(session, "1")
        enqueue_alone(session, "2", "paul@exemple.fr")
    deliver(session, app)
    with writing(session):
        session.execute(sa.update(OutboxMessage).values(last_error=None))
        session.execute(  # this one left by a server that is set no more
            sa.update(Delivery)
            .where(Delivery.id == sa.select(sa.func.max(Delivery.id)).scalar_subquery())
            .values(message_id="autre")
        )

    with writing(session):
        count = displayed_states.mark_kept_mails(session, app.config)
    with writing(session):
        again = displayed_states.mark_kept_mails(session, app.config)

    counts = displayed_states.counts(session)
    assert (count, again) == (1, 0)
    assert (counts[DisplayedState.KEPT], counts[DisplayedState.SENT]) == (1, 1)


PAGES = (
    "/organisation/", "/organisation/compte", OUTBOX, "/administration/comptes",
    "/organisation/rien",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_staff_says_that_no_mail_can_leave_and_what_to_do(administrator, path):
    text = visible_text(administrator.get(path))

    assert text.count("Aucun courriel ne peut partir") == 1
    assert "CONSULTATION_MAIL_SERVER" in text


def test_colleague_is_told_whom_to_tell_and_no_name_of_a_setting(app, session):
    make_account(session, "lou@association.example", Role.ORGANISER)
    organiser = Browser(app)
    organiser.enter("lou@association.example")

    text = visible_text(organiser.get("/organisation/"))

    assert "Aucun courriel ne peut partir" in text
    assert "Prévenez la personne qui administre le site" in text
    assert "MAIL_SERVER" not in text


def test_strangers_are_told_nothing_of_the_mail(app, session):
    stranger = Browser(app)

    for path in ("/connexion", "/connexion/oubli", "/", "/mesures"):
        assert "Aucun courriel ne peut partir" not in visible_text(stranger.get(path))


def test_no_band_stands_where_a_server_is_set(app, administrator):
    app.config["MAIL_SERVER"] = "smtp.exemple.fr"

    for path in PAGES:
        assert "Aucun courriel ne peut partir" not in visible_text(administrator.get(path))


def test_kept_test_mail_is_no_sign_that_mail_leaves(session, app, run):
    result = run("mail", "test", "essai@exemple.fr")

    assert "Gardés sur cette machine, sans serveur d'envoi : 1" in result.output
    assert "Envoyés" not in result.output
