"""Mail of a trial: kept on this machine, gone with the trial; contacts and drafts stay."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.mailings import lifecycle, message, recipients, sender
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.models import Invitee, Mailing
from consultation.jobs import queue
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.mail.transport import mailbox_of
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.work.services import Work
from tests.invitations.builders import ORGANISER, make_invitees, make_mailing, state_of


@pytest.fixture
def consultation_round(session, consultation_round):
    """The round, tried out."""
    session.execute(sa.update(Round).values(is_trial=True))
    session.commit()
    return consultation_round


@pytest.fixture
def started(app, session, consultation_round, group):
    """A mailing to two contacts whose mail is in the local mailbox."""
    make_invitees(session, group, 2)
    mailing = make_mailing(session, consultation_round, group, subject="Venez", pace=2000)
    here = {**app.config, "BASE_URL": "http://localhost:8000"}
    with writing(session):
        lifecycle.start(Work(session, ORGANISER, now()), session.merge(mailing), here)
    while sender.send_due(session, here) or len(outbox(session)) < 2:
        session.rollback()
    loop.deliver(session, app.config)
    return mailing


def outbox(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def end_trial(session, organiser):
    address = "/organisation/tours/tour-1/terminer"
    assert organiser.post(address, {"confirmed": "y"}).status_code == 303
    while queue.run_due(session()):
        pass
    session.rollback()
    session.expire_all()


def test_mail_of_a_trial_on_this_machine_is_kept_here(app, session, started):
    assert [it.status for it in outbox(session)] == [MessageStatus.SENT] * 2
    assert len(mailbox_of(app.config).names()) == 2


def test_mail_of_a_trial_ends_with_it_and_contacts_and_drafts_stay(
    app, session, group, organiser, consultation_round, started
):
    waiting = make_mailing(session, consultation_round, group, subject="Plus tard")
    with writing(session):
        tried = session.get_one(Mailing, waiting.id)
        message.enqueue_test(Work(session, ORGANISER, now()), tried, app.config["BASE_URL"])
    loop.deliver(session, app.config)
    assert len(mailbox_of(app.config).names()) == 3

    end_trial(session, organiser)

    again = queries.by_code(session(), "tour-1")
    assert mailbox_of(app.config).names() == []
    assert [it.recipient for it in outbox(session)] == [None] * 3
    assert session.scalars(sa.select(Mailing.subject)).all() == [{"fr": "Plus tard"}]
    assert session.scalars(sa.select(Mailing.round_id)).all() == [again.id]
    assert session.scalar(sa.select(sa.func.count()).where(Invitee.address.is_not(None))) == 2
    assert recipients.count_due(session(), session.get_one(Mailing, waiting.id)) == 2


def test_mail_of_a_trial_elsewhere_needs_a_server(app, session, group, consultation_round):
    make_invitees(session, group, 1)
    mailing = make_mailing(session, consultation_round, group)

    with pytest.raises(StepRefused, match="CONSULTATION_MAIL_SERVER"), writing(session):
        lifecycle.start(Work(session, ORGANISER, now()), session.merge(mailing), app.config)

    assert state_of(session, mailing) == "draft"
