"""Sender: at the pace of the mailing, paused and resumed, never twice to one person."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.mailings import invitees, lifecycle, sender
from consultation.invitations.mailings.lifecycle import StepRefused
from consultation.invitations.models import MailingRecipient, MailingState
from consultation.mail.delivery import breakers
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    WITH_SERVER,
    make_group,
    make_invitee,
    make_invitees,
    make_mailing,
    messages,
    send_all,
    send_due,
    start,
    state_of,
    text_of,
)
from tests.jobs.builders import beside, side_by_side

pytestmark = pytest.mark.database


@pytest.fixture
def clock():
    """A clock that only moves when a test moves it."""
    with time_machine.travel(now(), tick=False) as traveller:
        yield traveller


def count_queued(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage))


def work(session, app, clock, minutes):
    """Let the worker come round twice a minute."""
    for _ in range(minutes * 2):
        clock.shift(timedelta(seconds=30))
        send_due(session, app)
    return count_queued(session)


def test_messages_are_owed_evenly_at_the_pace_that_was_set(
    session, app, consultation_round, group, clock
):
    make_invitees(session, group, 20)
    mailing = make_mailing(session, consultation_round, group, pace="60")

    start(session, mailing)
    send_due(session, app)

    assert count_queued(session) == 1
    assert [work(session, app, clock, 1) for _ in range(4)] == [2, 3, 4, 5]
    assert work(session, app, clock, 15) == 20
    assert state_of(session, mailing) is MailingState.SENDING
    assert work(session, app, clock, 1) == 20
    assert state_of(session, mailing) is MailingState.DONE


def test_worker_has_a_task_for_it(session, app, consultation_round, group, clock):
    make_invitee(session, group)
    start(session, make_mailing(session, consultation_round, group))

    assert sender.task({**app.config, **WITH_SERVER}).run(session) == 1


def test_coming_round_more_often_sends_no_faster(session, app, consultation_round, group, clock):
    make_invitees(session, group, 5)
    start(session, make_mailing(session, consultation_round, group, pace="60"))

    for _ in range(5):
        send_due(session, app)

    assert count_queued(session) == 1


def test_worker_that_was_away_catches_up_at_twice_the_pace(
    session, app, consultation_round, group, clock
):
    make_invitees(session, group, 20)
    start(session, make_mailing(session, consultation_round, group, pace="120"))
    clock.shift(timedelta(hours=3))

    assert send_due(session, app) == 2
    assert work(session, app, clock, 1) == 6


def test_while_the_mail_server_rests_nothing_is_owed_that_would_leave_in_one_go(
    session, app, consultation_round, group, clock
):
    make_invitees(session, group, 20)
    start(session, make_mailing(session, consultation_round, group, pace="60"))
    work(session, app, clock, 2)
    with writing(session):
        breakers.note_failure(session, breakers.SERVER, "quota", now(), timedelta(minutes=10))

    during = work(session, app, clock, 9)
    with writing(session):
        breakers.close(session, breakers.SERVER)
    after = [work(session, app, clock, 1) for _ in range(3)]

    assert (during, after) == (3, [5, 7, 9])


def test_pause_stops_new_messages_at_once_and_resuming_makes_up_for_nothing(
    session, app, consultation_round, group, clock
):
    make_invitees(session, group, 10)
    mailing = make_mailing(session, consultation_round, group, pace="60")
    start(session, mailing)
    send_due(session, app)
    clock.shift(timedelta(minutes=2))

    with writing(session):
        lifecycle.pause(Work(session, ORGANISER), mailing)
    assert work(session, app, clock, 60) == 1
    with writing(session):
        lifecycle.resume(Work(session, ORGANISER, now()), mailing, WITH_SERVER)

    send_due(session, app)
    assert count_queued(session) == 2
    assert work(session, app, clock, 1) == 3


def test_mailing_pauses_when_its_round_closes_and_its_page_says_so(
    session, app, organiser, consultation_round, group, clock
):
    make_invitees(session, group, 3)
    mailing = make_mailing(session, consultation_round, group, pace="60")
    start(session, mailing)
    send_due(session, app)
    session.execute(sa.update(Round).values(closes_at=now() + timedelta(seconds=10)))
    session.commit()

    assert work(session, app, clock, 5) == 1
    assert state_of(session, mailing) is MailingState.PAUSED
    with pytest.raises(StepRefused, match="n'est pas ouvert"), writing(session):
        lifecycle.resume(Work(session, ORGANISER, now()), mailing, WITH_SERVER)
    page = organiser.get(f"/organisation/invitations/messages/{mailing.public_id}")
    assert "Le tour est fermé" in text_of(page)


def test_two_workers_at_once_write_to_nobody_twice_and_no_faster(
    session, app, consultation_round, group, clock
):
    make_invitees(session, group, 30)
    start(session, make_mailing(session, consultation_round, group, pace="1200"))
    clock.shift(timedelta(seconds=60))

    session.rollback()
    work = beside(app, lambda own: send_due(own, app))
    side_by_side(work, work)

    recipients = [message.recipient for message in messages(session)]
    assert len(set(recipients)) == len(recipients) == 21


def test_message_owed_in_another_way_is_not_owed_again(
    session, app, consultation_round, group, clock
):
    invitee = make_invitee(session, group)
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    session.execute(sa.update(MailingRecipient).values(queued_at=now()))
    session.commit()

    send_due(session, app)

    assert count_queued(session) == 0
    assert invitees.dedup_key(mailing, invitee).count(":") == 2


def test_two_mailings_each_keep_their_pace(session, app, consultation_round, group, clock):
    other = make_group(session, "Élus")
    make_invitees(session, group, 5)
    for number in range(5):
        make_invitee(session, other, f"elue{number}@exemple.fr")
    start(session, make_mailing(session, consultation_round, group, pace="60"))
    start(session, make_mailing(session, consultation_round, other, pace="120"))
    send_due(session, app)

    assert work(session, app, clock, 2) == 3 + 5


def test_language_of_a_letter_is_the_contact_s_when_the_message_has_it(
    session, app, consultation_round, group
):
    make_invitee(session, group, locale="en")
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    send_all(session, app)
    english = {"subject_en": "Your view", "body_en": "Dear {{nom}}, {{lien}}"}
    other = make_mailing(session, consultation_round, group, **english)
    make_invitee(session, group, "sasha@exemple.fr", locale="en")
    start(session, other)
    send_all(session, app)

    assert [message.locale for message in messages(session)] == ["fr", "en"]
    assert "/en/contributions/ouvrir/" in messages(session)[0].parameters
