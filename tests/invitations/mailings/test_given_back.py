"""Contacts whose mail was only kept on this machine: shown, and given back to other messages."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.mailings import lifecycle, recipients, sender
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.models import (
    Invitation,
    Invitee,
    Mailing,
    MailingRecipient,
    MailingState,
)
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    answer,
    make_invitees,
    make_mailing,
    messages,
    send_all,
    start,
    state_of,
    text_of,
)

ROOM = "/organisation/invitations/messages"


@pytest.fixture
def kept_mailing(app, session, consultation_round, group):
    """A mailing to three contacts, whose mail stayed here."""
    make_invitees(session, group, 3)
    mailing = make_mailing(session, consultation_round, group, pace=2000)
    start(session, mailing)
    send_all(session, app)
    session.execute(sa.update(OutboxMessage).values(next_attempt_at=now()))
    session.commit()
    loop.deliver(session, app.config)
    assert {it.last_error for it in messages(session)} == {"kept_here"}
    return mailing


def due_of_another(session, consultation_round, group):
    mailing = make_mailing(session, consultation_round, group)
    return recipients.count_due(session(), session.merge(mailing))


def test_kept_contacts_are_displayed_and_given_back(
    app, session, consultation_round, group, organiser, kept_mailing
):
    assert due_of_another(session, consultation_round, group) == 0
    address = f"{ROOM}/{kept_mailing.public_id}"
    assert "3 personnes n'ont rien reçu" in text_of(organiser.get(address))

    assert organiser.post(f"{address}/rendre").status_code == 303

    assert "n'ont rien reçu" not in text_of(organiser.get(address))
    assert due_of_another(session, consultation_round, group) == 3
    assert {it.status for it in messages(session)} == {MessageStatus.SUPPRESSED}
    assert {(it.recipient, it.parameters) for it in messages(session)} == {(None, None)}
    assert session.scalars(sa.select(Invitation)).all() == []
    assert session.scalars(sa.select(MailingRecipient)).all() == []


def test_contact_who_has_answered_is_not_given_back(
    app, session, consultation_round, group, kept_mailing
):
    invitees = session.scalars(sa.select(Invitee).order_by(Invitee.id)).all()
    answer(session, invitees[0])

    with writing(session):
        count = lifecycle.give_back(
            Work(session, ORGANISER, now()), session.get_one(Mailing, kept_mailing.id)
        )

    assert count == 2
    assert [it.invitee_id for it in session.scalars(sa.select(Invitation))] == [invitees[0].id]


def test_contacts_of_a_mailing_under_way_are_not_given_back(
    app, session, consultation_round, group
):
    make_invitees(session, group, 2)
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)

    with pytest.raises(StepRefused, match="Suspendez"), writing(session):
        lifecycle.give_back(Work(session, ORGANISER, now()), session.merge(mailing))


def test_sending_without_a_server_is_refused_and_says_what_to_set(
    app, session, consultation_round, group, organiser
):
    make_invitees(session, group, 2)
    mailing = make_mailing(session, consultation_round, group)
    address = f"{ROOM}/{mailing.public_id}"

    page = text_of(organiser.get(address))
    answered = organiser.post(f"{address}/depart")

    assert "CONSULTATION_MAIL_SERVER" in page
    assert "Lancer l'envoi" not in page
    assert answered.status_code == 409
    assert session.scalars(sa.select(MailingRecipient)).all() == []


def test_sending_pauses_when_the_server_is_set_no_more(
    app, session, consultation_round, group, organiser
):
    make_invitees(session, group, 2)
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)

    sender.send_due(session, app.config)

    assert (state_of(session, mailing), messages(session)) == (MailingState.PAUSED, [])
    page = text_of(organiser.get(f"{ROOM}/{mailing.public_id}"))
    assert "CONSULTATION_MAIL_SERVER" in page
    assert "Reprendre l'envoi" not in page
