"""Mailings: the steps from state to state, and who is written to."""

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.contacts import erasure
from consultation.invitations.mailings import lifecycle, recipients
from consultation.invitations.mailings.lifecycle import TRANSITIONS, Step, StepRefused, next_state
from consultation.invitations.models import (
    Invitation,
    Invitee,
    MailingRecipient,
    MailingState,
    Purpose,
    Skipped,
)
from consultation.mail import suppression
from consultation.mail.models import SuppressionReason
from consultation.questionnaires.models import Round
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import make_round
from tests.invitations.builders import (
    ORGANISER,
    OUTSIDER,
    WITH_SERVER,
    answer,
    make_group,
    make_invitee,
    make_invitees,
    make_mailing,
    messages,
    send_all,
    send_due,
    skipped,
    start,
    state_of,
)

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("state", "step"), list(itertools.product(MailingState, Step)))
def test_mailing_takes_only_the_steps_of_the_table(state, step):
    if (state, step) in TRANSITIONS:
        assert next_state(state, step) is TRANSITIONS[state, step]
        return
    with pytest.raises(StepRefused):
        next_state(state, step)


def test_starting_lists_each_contact_of_the_groups_once(session, consultation_round, group):
    other = make_group(session, "Élus")
    both = make_invitee(session, group)
    both.groups.append(other)
    make_invitee(session, other, "sasha@exemple.fr")
    make_invitee(session, make_group(session, "Presse"), "lea@exemple.fr")
    mailing = make_mailing(session, consultation_round, group, other)

    assert start(session, mailing) == 2

    late = make_invitee(session, group, "tard@exemple.fr")
    listed = session.scalars(sa.select(MailingRecipient.invitee_id)).all()
    assert late.id not in listed
    assert len(listed) == 2


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_who_wants_no_mail_is_left_out(session, app, consultation_round, group, reason):
    invitee, other = make_invitees(session, group, 2)
    with writing(session):
        suppression.suppress_address(session, "PERSONNE1@exemple.fr", reason, now())
    mailing = make_mailing(session, consultation_round, group)

    start(session, mailing)
    send_all(session, app)

    assert skipped(session) == {invitee.id: Skipped.SUPPRESSED}
    assert [message.recipient for message in messages(session)] == [other.address]


def test_who_unsubscribes_while_it_is_sending_is_left_out(session, app, consultation_round, group):
    make_invitees(session, group, 2)
    start(session, make_mailing(session, consultation_round, group))
    with writing(session):
        suppression.suppress_address(
            session, "personne2@exemple.fr", SuppressionReason.UNSUBSCRIBED, now()
        )

    send_all(session, app)

    assert list(skipped(session).values()) == [Skipped.SUPPRESSED]
    assert [message.recipient for message in messages(session)] == ["personne1@exemple.fr"]


def test_nobody_is_invited_twice_to_a_round(session, app, consultation_round, group):
    invitee = make_invitee(session, group)
    other = make_group(session, "Élus")
    invitee.groups.append(other)
    session.commit()
    first, second, third = (
        make_mailing(session, consultation_round, each) for each in (group, other, group)
    )
    start(session, first)
    start(session, second)
    send_all(session, app)

    start(session, third)
    send_all(session, app)

    assert len(messages(session)) == 1
    assert session.scalars(
        sa.select(MailingRecipient.skipped).order_by(MailingRecipient.mailing_id)
    ).all() == [None, Skipped.INVITED, Skipped.INVITED]


def test_reminder_goes_to_the_invited_who_have_not_answered(
    session, app, consultation_round, group
):
    silent, answered, during = make_invitees(session, group, 3)
    mailing = make_mailing(session, consultation_round, group, pace="120")
    start(session, mailing)
    send_all(session, app)
    answer(session, answered)
    never_invited = make_invitee(session, group, "nouvelle@exemple.fr")
    with writing(session):
        reminder = lifecycle.remind(Work(session, ORGANISER, now()), mailing)

    start(session, reminder)
    answer(session, during)
    send_all(session, app)

    assert reminder.purpose is Purpose.REMINDER
    assert reminder.subject == {"fr": "Rappel : Votre avis sur le plan"}
    assert skipped(session) == {answered.id: Skipped.ANSWERED, during.id: Skipped.ANSWERED}
    assert [message.recipient for message in messages(session)[3:]] == [silent.address]
    assert never_invited.id not in session.scalars(sa.select(Invitation.invitee_id)).all()
    assert state_of(session, reminder) is MailingState.DONE


def test_answer_of_an_earlier_round_spares_nobody_the_reminder_of_this_one(
    session, app, consultation_round, group
):
    invitee = make_invitee(session, group)
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    answer(session, invitee)
    later = make_round(session, code="tour-2")

    answered = [
        session.scalar(sa.select(recipients.has_answered(it.id)).where(Invitee.id == invitee.id))
        for it in (consultation_round, later)
    ]

    assert answered == [True, False]


def test_reminder_waits_until_its_groups_have_been_written_to(
    session, app, consultation_round, group
):
    make_invitees(session, group, 3)
    elsewhere = make_group(session, "Élus")
    make_invitee(session, elsewhere, "sasha@exemple.fr")
    slow = make_mailing(session, consultation_round, group, pace="1")
    other = make_mailing(session, consultation_round, elsewhere)
    for mailing in (slow, other):
        start(session, mailing)
    send_due(session, app)
    with writing(session):
        reminder, of_others = (
            lifecycle.remind(Work(session, ORGANISER, now()), mailing) for mailing in (slow, other)
        )

    with pytest.raises(StepRefused, match="part encore à ces groupes"):
        start(session, reminder)
    assert start(session, of_others) == 1
    with writing(session):
        lifecycle.pause(Work(session, ORGANISER), slow)
    assert start(session, reminder) == 1


def test_erased_contact_is_left_out_from_then_on(session, app, consultation_round, group):
    invitee, other = make_invitees(session, group, 2)
    start(session, make_mailing(session, consultation_round, group))
    with writing(session):
        erasure.erase(Work(session, ORGANISER, now()), other, home=app.config["HOME"])

    send_all(session, app)

    assert skipped(session) == {other.id: Skipped.ERASED}
    assert [message.recipient for message in messages(session)] == [invitee.address]


def test_empty_groups_do_not_start(session, consultation_round, group):
    mailing = make_mailing(session, consultation_round, group)

    with pytest.raises(StepRefused, match="aucun contact"):
        start(session, mailing)

    assert state_of(session, mailing) is MailingState.DRAFT


def test_mailing_does_not_start_when_nobody_could_answer(session, consultation_round, group):
    make_invitee(session, group)
    mailing = make_mailing(session, consultation_round, group)
    session.execute(sa.update(Round).values(closes_at=now() - timedelta(minutes=1)))
    session.commit()

    with pytest.raises(StepRefused, match="n'est pas ouvert"):
        start(session, mailing)


def test_draft_is_sent_before_it_is_followed_by_a_reminder(session, consultation_round, group):
    mailing = make_mailing(session, consultation_round, group)

    with pytest.raises(StepRefused, match="n'est pas encore parti"), writing(session):
        lifecycle.remind(Work(session, ORGANISER, now()), mailing)


def test_who_may_not_invite_takes_no_step(session, consultation_round, group):
    make_invitee(session, group)
    mailing = make_mailing(session, consultation_round, group)

    for step in (
        lambda: lifecycle.start(Work(session, OUTSIDER, now()), mailing, WITH_SERVER),
        lambda: lifecycle.pause(Work(session, OUTSIDER), mailing),
        lambda: lifecycle.resume(Work(session, OUTSIDER, now()), mailing, WITH_SERVER),
        lambda: lifecycle.remind(Work(session, OUTSIDER, now()), mailing),
        lambda: lifecycle.find(Work(session, OUTSIDER), mailing.public_id),
    ):
        with pytest.raises(NotAllowed):
            step()


def test_answers_of_others_do_not_count(session, app, consultation_round, group):
    make_invitee(session, group)
    respond(session, consultation_round, "T7", {"suggestions": "Élargir."})
    session.commit()
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    send_all(session, app)
    with writing(session):
        reminder = lifecycle.remind(Work(session, ORGANISER, now()), mailing)

    start(session, reminder)
    send_all(session, app)

    assert len(messages(session)) == 2
