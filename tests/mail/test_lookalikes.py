"""Boxes that look alike: counted together, and never confused."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.mail import retention, suppression
from consultation.mail.addresses import index_of
from consultation.mail.delivery import bounces
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import (
    Delivery,
    MessageStatus,
    OutboxMessage,
    Suppression,
    SuppressionReason,
)
from consultation.operations import mailbox_hashes
from tests.mail.builders import START, codes_of, deliver, enqueue, messages
from tests.mail.lookalikes import EACH_WAY, NAMES, TWINS
from tests.mail.stopped_clock import clock as clock
from tests.mail.stopped_clock import settings as settings

pytestmark = [
    pytest.mark.database,
    pytest.mark.every_case,
]  # databases compare texts each in its way


@pytest.mark.parametrize(("address", "other"), EACH_WAY, ids=NAMES)
def test_mail_gathers_no_message_of_a_box_that_looks_alike(
    session, app, smtp_sink, clock, address, other
):
    enqueue(session, "CODE-0", address)
    deliver(session, app)
    enqueue(session, "CODE-1", address)
    enqueue(session, "CODE-2", other)
    clock.shift(timedelta(hours=5))

    deliver(session, app)

    assert [(mail.recipients, codes_of(mail)) for mail in smtp_sink.mails] == [
        ((address,), ["CODE-0"]),
        ((address,), ["CODE-1"]),
        ((other,), ["CODE-2"]),
    ]


@pytest.mark.parametrize(("address", "other"), EACH_WAY, ids=NAMES)
def test_boxes_that_look_alike_share_the_mails_of_a_day(session, address, other):
    promises = [
        enqueue(session, f"CODE-{number}", (address, other)[number % 2], cap=1) for number in (0, 1)
    ]

    assert promises == [True, False]
    assert [message.last_error for message in messages(session)] == [None, "daily_cap"]


@pytest.mark.parametrize(("address", "other"), EACH_WAY, ids=NAMES)
def test_link_that_stops_mail_stops_that_of_no_box_that_looks_alike(
    client, session, app, smtp_sink, clock, address, other
):
    enqueue(session, "CODE-1", address)
    deliver(session, app)
    enqueue(session, "CODE-2", other)
    link = re.search(
        r"https://consultation\.example(\S+/arret/\S+)", smtp_sink.mails[0].part("plain")
    )

    client.post(link[1])

    assert enqueue(session, "CODE-3", other)
    assert not enqueue(session, "CODE-4", address)
    assert [message.status for message in messages(session)] == [
        MessageStatus.SENT,
        MessageStatus.QUEUED,
        MessageStatus.QUEUED,
        MessageStatus.SUPPRESSED,
    ]
    assert session.scalars(sa.select(Suppression.address)).all() == [address]


def forget_mailboxes(session, *models):
    """Leave the rows as the release before had stored them."""
    session.rollback()
    for model in models or (OutboxMessage, Delivery, Suppression):
        session.execute(sa.update(model).values(mailbox_index=None))
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.batch_key.is_not(None))
        .values(batch_key="acknowledgement:" + OutboxMessage.recipient_index + ":fr")
    )
    session.commit()
    session.expire_all()


FINANCES, LOOKALIKE = TWINS["ligature"]


def test_earlier_stop_link_stops_all_that_look_alike_for_good(client, session):
    enqueue(session, "CODE-1", LOOKALIKE)
    identifier = f"answer.{index_of(FINANCES)}"

    page = client.post(f"/courriel/arret/{identifier}.{keyring.link_signature(identifier)}")
    mailbox_hashes.fill(session)

    assert page.status_code == 200
    assert not enqueue(session, "CODE-2", FINANCES)
    assert not enqueue(session, "CODE-3", LOOKALIKE)
    assert {message.status for message in messages(session)} == {MessageStatus.SUPPRESSED}


def test_earlier_suppression_still_stops_all_that_look_alike(client, session):
    with writing(session):
        suppression.suppress_address(session, LOOKALIKE, SuppressionReason.NOT_ME, START)
    forget_mailboxes(session)

    mailbox_hashes.fill(session)
    with writing(session):
        again = suppression.suppress_address(session, FINANCES, SuppressionReason.NOT_ME, START)

    assert not enqueue(session, "CODE-1", FINANCES)
    assert not enqueue(session, "CODE-2", LOOKALIKE)
    assert not again


def test_forgetting_a_box_leaves_the_address_that_was_stopped_before_of_who_looks_alike(session):
    with writing(session):
        for address, reason in (
            (LOOKALIKE, SuppressionReason.NOT_ME),
            (FINANCES, SuppressionReason.STAFF),
        ):
            suppression.suppress_address(session, address, reason, START)
    forget_mailboxes(session)

    with writing(session):
        retention.erase_address(session, Box.of(FINANCES))

    left = session.scalars(sa.select(Suppression.address).order_by(Suppression.id)).all()
    assert left == [LOOKALIKE, None]


def test_boxes_that_look_alike_are_stopped_and_lifted_each_for_itself(session):
    with writing(session):
        for address in (FINANCES, LOOKALIKE):
            assert suppression.suppress_address(session, address, SuppressionReason.NOT_ME, START)
        first, _ = session.scalars(sa.select(Suppression).order_by(Suppression.id)).all()
        suppression.lift(session, first.public_id, START)

    assert enqueue(session, "CODE-1", FINANCES)
    assert not enqueue(session, "CODE-2", LOOKALIKE)


def test_link_of_a_new_mail_tells_the_boxes_apart_and_names_no_address(app):
    token = suppression.stop_token(Reach.ANSWER, Box.of(FINANCES))

    assert suppression.read_token(token) == (Reach.ANSWER, Box.of(FINANCES))
    assert token != suppression.stop_token(Reach.ANSWER, Box.of(LOOKALIKE))
    assert "finances" not in token


def test_batch_that_names_several_boxes_is_a_mail_for_each(session, app, smtp_sink, clock):
    for number, address in enumerate((FINANCES, LOOKALIKE)):
        enqueue(session, f"CODE-{number}", address)
    session.execute(sa.update(OutboxMessage).values(batch_key="one", next_attempt_at=START))
    session.commit()

    deliver(session, app)

    assert [mail.recipients for mail in smtp_sink.mails] == [(FINANCES,), (LOOKALIKE,)]


@pytest.mark.parametrize("is_filled", [False, True])
def test_what_waits_from_before_leaves_by_a_mail_for_each_box(
    session, app, smtp_sink, clock, is_filled
):
    for number, address in enumerate((FINANCES, LOOKALIKE, FINANCES)):
        enqueue(session, f"CODE-{number}", address)
    forget_mailboxes(session)
    if is_filled:
        mailbox_hashes.fill(session)

    clock.shift(timedelta(hours=5))
    deliver(session, app)

    assert [(mail.recipients, codes_of(mail)) for mail in smtp_sink.mails] == [
        ((FINANCES,), ["CODE-0", "CODE-2"]),
        ((LOOKALIKE,), ["CODE-1"]),
    ]


@pytest.mark.parametrize("is_filled", [False, True])
def test_earlier_mail_that_is_tried_again_carries_nothing_of_another_box(
    session, app, smtp_sink, clock, is_filled
):
    smtp_sink.answers("RCPT", "450 4.2.0 later")
    enqueue(session, "CODE-1", FINANCES)
    deliver(session, app)
    enqueue(session, "CODE-2", LOOKALIKE)
    first, second = messages(session)
    second.delivery_id, second.status = first.delivery_id, MessageStatus.RETRYING
    session.commit()
    forget_mailboxes(session)
    if is_filled:
        mailbox_hashes.fill(session)

    clock.shift(timedelta(hours=5))
    deliver(session, app)

    assert [(mail.recipients, codes_of(mail)) for mail in smtp_sink.mails] == [
        ((FINANCES,), ["CODE-1"]),
        ((LOOKALIKE,), ["CODE-2"]),
    ]


@pytest.mark.parametrize("is_of_before", [False, True])
def test_bounced_mail_stops_its_own_box(session, app, smtp_sink, is_of_before):
    enqueue(session, "CODE-1", LOOKALIKE)
    deliver(session, app)
    if is_of_before:
        forget_mailboxes(session)
    (delivery,) = session.scalars(sa.select(Delivery)).all()

    with writing(session):
        bounces.note_bounce(session, delivery, is_permanent=True, at=START)

    assert enqueue(session, "CODE-2", FINANCES)
    assert not enqueue(session, "CODE-3", LOOKALIKE)
    assert session.scalars(sa.select(Suppression.address)).all() == [LOOKALIKE]


def test_earlier_mail_whose_address_is_forgotten_stops_all_that_look_alike(session, app, smtp_sink):
    enqueue(session, "CODE-1", LOOKALIKE)
    deliver(session, app)
    forget_mailboxes(session)
    session.execute(sa.update(OutboxMessage).values(recipient=None))
    (delivery,) = session.scalars(sa.select(Delivery)).all()
    session.commit()
    mailbox_hashes.fill(session)

    with writing(session):
        bounces.note_bounce(session, delivery, is_permanent=True, at=START)

    assert not enqueue(session, "CODE-2", FINANCES)


def test_address_that_no_key_opens_lets_the_others_be_told_apart(session, app, smtp_sink, clock):
    for number, address in enumerate((FINANCES, FINANCES, LOOKALIKE)):
        enqueue(session, f"CODE-{number}", address)
    forget_mailboxes(session)
    session.execute(
        sa.text("UPDATE outbox_message SET recipient = :lost WHERE dedup_key LIKE '%CODE-1'"),
        {"lost": b"lost"},
    )
    session.commit()

    mailbox_hashes.fill(session)
    clock.shift(timedelta(hours=5))
    deliver(session, app)

    assert [mail.recipients for mail in smtp_sink.mails] == [(FINANCES,), (LOOKALIKE,)]
    assert [codes_of(mail) for mail in smtp_sink.mails] == [["CODE-0"], ["CODE-2"]]
