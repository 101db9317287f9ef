"""Bounces: only our signed return path is recognised, only a permanent failure suppresses."""

import pytest
import sqlalchemy as sa
import time_machine

from consultation.db.base import writing
from consultation.mail import retention
from consultation.mail.delivery import bounces
from consultation.mail.models import Delivery, MessageStatus, Suppression
from tests.mail.builders import ADDRESS, START, deliver, enqueue, enqueue_alone, messages, minutes

BOX = "contre.la.traite@secours-catholique.org"


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings | {"MAIL_RETURN_PATH": BOX}


@pytest.fixture
def delivery(session, app, smtp_sink):
    """A mail that left."""
    with time_machine.travel(START, tick=False):
        enqueue(session, "CODE-1")
        deliver(session, app)
    session.rollback()
    return session.scalars(sa.select(Delivery)).one()


def test_mail_leaves_with_its_own_return_path(session, delivery, smtp_sink):
    (mail,) = smtp_sink.mails

    local = mail.sender.rpartition("@")[0]
    assert mail.sender.startswith("contre.la.traite+")
    assert len(local) <= 64
    assert "Return-Path" not in mail.mail
    assert bounces.find(session, ["autre@exemple.fr", mail.sender]).id == delivery.id
    assert bounces.find(session, [mail.sender.upper()]).id == delivery.id


def test_without_a_box_for_returns_the_sender_is_the_return_path(session, app, smtp_sink):
    app.config["MAIL_RETURN_PATH"] = ""
    enqueue_alone(session)

    with time_machine.travel(START, tick=False):
        deliver(session, app)

    assert smtp_sink.mails[0].sender == BOX


@pytest.mark.parametrize("change", ["", "a", "-", "aaaaaaaaaaaa"])
def test_forged_return_path_names_no_mail(session, delivery, smtp_sink, change):
    local, _, domain = smtp_sink.mails[0].sender.partition("@")
    forged = f"{local[:-12]}{change}@{domain}"

    assert bounces.find(session, [forged, "", "@", "+-@x", "a+%-b@x", "é+é-é@x"]) is None


def test_bounce_for_good_marks_the_message_and_stops_the_address(session, delivery):
    with writing(session):
        bounces.note_bounce(session, delivery, is_permanent=True, at=START)

    (message,) = messages(session)
    (stopped,) = session.scalars(sa.select(Suppression)).all()
    assert (message.status, message.last_error) == (MessageStatus.UNDELIVERABLE, "bounced")
    assert (stopped.address, stopped.reason) == (ADDRESS, "bounced")
    assert not enqueue(session, "CODE-2")


@pytest.mark.parametrize("is_permanent", [True, False])
def test_what_was_called_back_before_a_mail_left_does_not_come_back_with_it(
    session, app, smtp_sink, is_permanent
):
    for code in ("CODE-1", "CODE-2"):
        enqueue(session, code)
    smtp_sink.answers("RCPT", "450 4.2.0 later")
    with time_machine.travel(START, tick=False):
        deliver(session, app)
    first, _second = messages(session)
    with writing(session):
        retention.cancel_and_blank(session, [first.id])
    with time_machine.travel(START + minutes(90), tick=False):
        deliver(session, app)

    delivery = session.scalars(sa.select(Delivery)).one()
    with writing(session):
        bounces.note_bounce(session, delivery, is_permanent=is_permanent, at=START)

    states = [message.status for message in messages(session)]
    assert states == [MessageStatus.SUPPRESSED, MessageStatus.UNDELIVERABLE]


def test_mail_given_up_by_a_server_is_undeliverable_and_stops_no_address(session, delivery):
    with writing(session):
        bounces.note_bounce(session, delivery, is_permanent=False, at=START)

    (message,) = messages(session)
    assert (message.status, message.last_error) == (MessageStatus.UNDELIVERABLE, "given_up")
    assert session.scalars(sa.select(Suppression)).all() == []
    assert enqueue(session, "CODE-2")
