"""Statistics: who was written to, opened, answered; and what erasing leaves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.invitations import queries
from consultation.invitations.contacts import erasure
from consultation.invitations.mailings import invitations, lifecycle, message, statistics
from consultation.invitations.models import Invitation, Invitee, InviteeMeasure, Skipped
from consultation.jobs import queue
from consultation.mail import suppression
from consultation.mail.addresses import index_of
from consultation.mail.delivery import loop
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.models import MessageStatus, OutboxMessage, Suppression, SuppressionReason
from consultation.mail.transport import mailbox_of
from consultation.plan.models import Measure
from consultation.responses.models import Contact, PersonalLink, Respondent
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    OUTSIDER,
    answer,
    make_invitee,
    make_invitees,
    make_mailing,
    messages,
    send_all,
    start,
)
from tests.responses.conftest import Form
from tests.rows import changed, rows


@pytest.fixture
def sent(session, app, consultation_round, group):
    """A mailing to four, of which one wants no mail; two mails have left and one is held back."""
    make_invitees(session, group, 4)
    with writing(session):
        suppression.suppress_address(
            session, "personne4@exemple.fr", SuppressionReason.STAFF, now()
        )
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    send_all(session, app)
    with writing(session):
        suppression.suppress_address(
            session, "personne3@exemple.fr", SuppressionReason.UNSUBSCRIBED, now()
        )
    with time_machine.travel(now() + timedelta(hours=1), tick=False):
        loop.deliver(session, app.config)
    return mailing


def open_link(session, invitee):
    session.execute(
        sa.update(PersonalLink)
        .where(
            PersonalLink.respondent_id
            == sa.select(Invitation.respondent_id)
            .where(Invitation.invitee_id == invitee.id)
            .scalar_subquery()
        )
        .values(opened_at=now())
    )
    session.commit()


def invitees(session):
    session.expire_all()
    return session.scalars(sa.select(Invitee).order_by(Invitee.id)).all()


def test_progress_counts_each_person_once(session, sent):
    first, second, *_ = invitees(session)
    open_link(session, first)
    open_link(session, second)
    answer(session, second)

    tally = statistics.tally(Work(session, ORGANISER), sent)

    assert (tally.total, tally.waiting, tally.in_outbox) == (4, 0, 0)
    assert tally.status[DisplayedState.KEPT] == 2
    assert tally.status[MessageStatus.SUPPRESSED] == 1
    assert tally.skipped[Skipped.SUPPRESSED] == 1
    assert (tally.opened, tally.answered) == (2, 1)


def test_follow_up_tells_each_person_s_state_and_no_answer(session, sent, organiser):
    first, second, *_ = invitees(session)
    open_link(session, first)
    answer(session, second)

    page = statistics.mailing_page(Work(session, ORGANISER), sent, 1)

    assert [
        (row.is_opened, row.has_answered, row.status, row.skipped, row.invited_at is not None)
        for row in page.rows
    ] == [
        (True, False, DisplayedState.KEPT, None, True),
        (False, True, DisplayedState.KEPT, None, True),
        (False, False, MessageStatus.SUPPRESSED, None, True),
        (False, False, None, Skipped.SUPPRESSED, False),
    ]
    assert not {"answers", "response", "responses"} & set(vars(page.rows[0]))


def test_reading_names_leaves_a_trace_with_the_count(organiser, session, sent, group):
    organiser.get(f"/organisation/invitations/groupes/{group.public_id}")
    organiser.get(f"/organisation/invitations/messages/{sent.public_id}/suivi")
    organiser.get(f"/organisation/invitations/messages/{sent.public_id}/apercu")

    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "contacts_viewed").order_by(AuditEvent.id)
    ).all()
    assert [(event.subject, event.details["count"]) for event in events] == [
        (group.public_id, 4),
        (sent.public_id, 4),
        (sent.public_id, 1),
    ]


def erase(app, session, invitee):
    with writing(session):
        stored = session.get(Invitee, invitee.id)
        erasure.erase(Work(session, ORGANISER, now()), stored, home=app.config["HOME"])


def test_erasing_leaves_the_count_and_no_name(session, sent, organiser):
    first, *_ = invitees(session)
    address = f"/organisation/invitations/contacts/{first.public_id}/effacer"
    organiser.get(address)

    page = organiser.post(address)

    assert page.status_code == 303
    first, *_ = invitees(session)
    assert (first.name, first.address, first.address_index, first.groups) == (None, None, None, [])
    assert statistics.tally(Work(session, ORGANISER), sent).total == 4
    contacts = session.scalars(sa.select(Contact)).all()
    assert "personne1@exemple.fr" not in [contact.address for contact in contacts]
    (message,) = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.dedup_key.endswith(first.public_id))
    )
    assert (message.recipient, message.parameters) == (None, None)
    follow_up = organiser.get(f"/organisation/invitations/messages/{sent.public_id}/suivi")
    assert "contact effacé" in follow_up.get_data(as_text=True)
    assert organiser.get(address).status_code == 404


def test_erasing_touches_nothing_of_anybody_else(session, app, consultation_round, group):
    for invitee in make_invitees(session, group, 2):
        invitee.organisation = "Le Refuge d'à côté"
        measures = session.scalars(sa.select(Measure.id)).all()
        session.add_all(InviteeMeasure(invitee_id=invitee.id, measure_id=it) for it in measures)
    session.commit()
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    first, _second = invitees(session)
    of = dict(session.execute(sa.select(Invitation.invitee_id, Invitation.respondent_id)).all())
    mail_ids = dict(session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.id)).all())
    assert (len(measures), len(of), len(mail_ids)) == (1, 2, 2)
    mail = mail_ids[first.address]
    before = rows(session)

    erase(app, session, first)

    assert changed(before, rows(session)) == {
        ("invitee", first.id),
        ("group_member", group.id, first.id),
        *(("invitee_measure", first.id, it) for it in measures),
        ("respondent", of[first.id]),
        ("contact", of[first.id]),
        ("outbox_message", mail),
    }


def test_erasing_leaves_no_copy_of_a_letter_that_has_left(session, app, consultation_round, group):
    make_invitees(session, group, 1)
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    loop.deliver(session, app.config)
    (invitee,) = invitees(session)
    kept = mailbox_of(app.config)
    before = kept.names()

    erase(app, session, invitee)
    queue.run_due(session)

    assert (len(before), len(kept.names())) == (1, 0)


def test_erasing_calls_back_what_waits(session, app, consultation_round, group):
    make_invitees(session, group, 1)
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    (invitee,) = invitees(session)

    erase(app, session, invitee)

    assert [message.status for message in messages(session)] == [MessageStatus.SUPPRESSED]


def test_erasing_keeps_a_mail_that_is_being_sent_from_being_tried_again(
    session, app, consultation_round, group
):
    make_invitees(session, group, 1)
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    (invitee,) = invitees(session)
    session.execute(sa.update(OutboxMessage).values(status=MessageStatus.SENDING))
    session.commit()

    erase(app, session, invitee)

    (message,) = messages(session)
    assert message.status is MessageStatus.SUPPRESSED
    assert (message.recipient, message.parameters) == (None, None)


def test_erasing_forgets_the_organisation_that_the_list_gave_to_who_said_nothing(
    session, app, consultation_round, group
):
    make_invitee(session, group, organisation="Le Refuge d'à côté")
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    (invitee,) = invitees(session)

    erase(app, session, invitee)

    session.rollback()
    assert session.scalars(sa.select(Respondent.organisation)).all() == [None]


def test_erasing_forgets_an_address_that_is_written_to_no_more_and_still_holds_it_back(
    app, session, sent
):
    *_, last = invitees(session)

    erase(app, session, last)

    session.rollback()
    known = dict(session.execute(sa.select(Suppression.address_index, Suppression.address)).all())
    assert known == {
        index_of("personne3@exemple.fr"): "personne3@exemple.fr",
        index_of("personne4@exemple.fr"): None,
    }


def test_contact_of_a_restored_backup_is_erased_again(app, session, sent):
    first, second, *_ = invitees(session)
    erase(app, session, first)
    back = {"name": "Personne 1", "address": "personne1@exemple.fr", "address_index": "x" * 64}
    session.execute(sa.update(Invitee).where(Invitee.id == first.id).values(back))
    session.commit()

    for _ in range(2):
        with writing(session):
            count = erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    first, second, *_ = invitees(session)
    assert count == 1
    assert (first.name, first.address, first.address_index) == (None, None, None)
    assert second.address == "personne2@exemple.fr"


def test_without_the_list_of_erasures_no_contact_is_erased(app, session, sent, organiser):
    first, *_ = invitees(session)
    address = f"/organisation/invitations/contacts/{first.public_id}/effacer"
    organiser.get(address)
    (app.config["HOME"] / erasure_log.NAME).mkdir()

    page = organiser.post(address)

    assert page.status_code == 503
    first, *_ = invitees(session)
    assert first.address == "personne1@exemple.fr"


def test_erasing_leaves_what_somebody_left_with_an_answer(app, session, sent):
    first, *_ = invitees(session)
    response = answer(session, first)
    session.get_one(Respondent, response.respondent_id).organisation = "Le Refuge d'à côté"
    session.commit()

    erase(app, session, first)

    session.rollback()
    assert session.get(Contact, response.respondent_id).address == "personne1@exemple.fr"
    assert session.get(Respondent, response.respondent_id).organisation == "Le Refuge d'à côté"


def test_who_may_not_invite_is_shown_nothing(session, consultation_round, group, tmp_path):
    mailing = make_mailing(session, consultation_round, group)

    for look in (
        lambda: statistics.tally(Work(session, OUTSIDER), mailing),
        lambda: statistics.mailing_page(Work(session, OUTSIDER), mailing, 1),
        lambda: statistics.group_page(Work(session, OUTSIDER), group, None, 1),
        lambda: queries.groups(Work(session, OUTSIDER)),
        lambda: queries.mailings(Work(session, OUTSIDER)),
        lambda: queries.group(Work(session, OUTSIDER), group.public_id),
        lambda: queries.invitee(Work(session, OUTSIDER), "x"),
        lambda: queries.addressee(Work(session, OUTSIDER), mailing, 1),
        lambda: message.enqueue_test(Work(session, OUTSIDER, now()), mailing, ""),
        lambda: erasure.erase(Work(session, OUTSIDER, now()), Invitee(), home=tmp_path),
    ):
        with pytest.raises(NotAllowed):
            look()


@pytest.fixture
def invited(client, session, app, consultation_round, group):
    """Somebody who was invited, and has opened their space by the link; their mailing."""
    invitee = make_invitee(session, group)
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    send_all(session, app)
    invitation = session.scalars(sa.select(Invitation)).one()
    link = invitations.link_for(session, invitation, invitee, "", now())
    session.commit()
    client.post(link)
    return mailing


def answer_publicly(client, session, measure, **intent):
    form = Form(session, measure)
    answered = client.post(form.path, data=form.data() | intent, follow_redirects=True)
    assert "Merci" in answered.text


def reminded(session, app, mailing):
    """How many mails a reminder adds to those that were owed."""
    before = len(messages(session))
    with writing(session):
        reminder = lifecycle.remind(Work(session, ORGANISER, now()), mailing)
    start(session, reminder)
    send_all(session, app)
    return len(messages(session)) - before


def test_answer_by_the_public_form_counts_for_the_space_it_is_sent_in(
    client, session, app, measure, invited
):
    answer_publicly(client, session, measure, intent="send-here")

    session.rollback()
    assert statistics.tally(Work(session, ORGANISER), invited).answered == 1
    assert reminded(session, app, invited) == 0


def test_answer_sent_apart_counts_for_nobody_who_was_invited(
    client, session, app, measure, invited
):
    answer_publicly(client, session, measure, intent="send-apart")

    session.rollback()
    assert statistics.tally(Work(session, ORGANISER), invited).answered == 0
    assert reminded(session, app, invited) == 1
