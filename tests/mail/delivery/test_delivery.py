"""Delivery: sent, postponed, given up, and no mail in the way of another."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from consultation.db.base import writing
from consultation.mail import kinds, outbox_actions, retention
from consultation.mail.delivery import loop
from consultation.mail.delivery.breakers import delay_after
from consultation.mail.models import Delivery, MessageStatus
from consultation.work.services import Work
from tests.mail.builders import (
    ADDRESS,
    START,
    Administrator,
    codes_of,
    deliver,
    enqueue,
    enqueue_alone,
    messages,
    minutes,
    wait_for_replies,
)
from tests.mail.smtp_server import DROP, HANG
from tests.mail.stopped_clock import clock as clock
from tests.mail.stopped_clock import settings as settings

pytestmark = pytest.mark.database

ABSENT = kinds.MessageKind("absent", "no_such_template", outbox_actions.Trial)
kinds.register_kind(ABSENT)


def test_message_reaches_the_server_from_the_collective(session, app, smtp_sink):
    enqueue_alone(session)

    count = deliver(session, app)

    (mail,) = smtp_sink.mails
    (message,) = messages(session)
    assert count == (1, 0, 0)
    assert (mail.sender, mail.recipients) == (
        "contre.la.traite@secours-catholique.org",
        ("jeanne@exemple.fr",),
    )
    assert (message.status, message.sent_at, message.attempts) == (MessageStatus.SENT, START, 1)
    assert mail.message_id == message.delivery.message_id
    assert mail.message_id.endswith("@secours-catholique.org>")


def test_sent_message_is_not_sent_again(session, app, smtp_sink):
    enqueue_alone(session)
    deliver(session, app)

    count = deliver(session, app)

    assert count == (0, 0, 0)
    assert len(smtp_sink.mails) == 1


def test_message_waits_for_its_moment(session, app, smtp_sink, clock):
    enqueue_alone(session, next_attempt_at=START + minutes(5))

    before = deliver(session, app)
    clock.move_to(START + minutes(5))
    after = deliver(session, app)

    assert (before, after) == ((0, 0, 0), (1, 0, 0))


def test_one_connection_takes_all_mails_of_a_pass(session, app, smtp_sink):
    for number in range(5):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")

    count = deliver(session, app)

    assert count == (5, 0, 0)
    assert {mail.connection for mail in smtp_sink.mails} == {smtp_sink.mails[0].connection}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_failure_is_reset_and_the_same_connection_takes_the_next(session, app, smtp_sink, verb):
    for number in range(3):
        enqueue_alone(session, str(number), f"personne{number}@domaine{number}.example")
    smtp_sink.answers(verb, "250 OK", "450 4.2.0 later")

    count = deliver(session, app)

    verbs = [line.verb for line in smtp_sink.log]
    first, last = smtp_sink.mails
    assert count == (2, 1, 0)
    assert verbs[verbs.index("RSET") - 1] == verb
    assert verbs.count("RSET") == 1
    assert first.connection == last.connection


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_temporarily_refused_mail_is_repeated_unchanged(session, app, smtp_sink, clock, verb):
    enqueue_alone(session)
    enqueue_alone(session, "2", "paul@exemple.fr")
    smtp_sink.answers(verb, "450 4.2.0 try again later")

    first = deliver(session, app)
    put_off = messages(session)[0]
    state, due_at = (put_off.status, put_off.last_error), put_off.next_attempt_at
    message_id = put_off.delivery.message_id
    clock.move_to(due_at)
    second = deliver(session, app)

    assert (first, second) == ((1, 1, 0), (1, 0, 0))
    assert state == (MessageStatus.RETRYING, "smtp_450")
    assert minutes(1) <= due_at - START <= minutes(1.2)
    assert [mail.recipients for mail in smtp_sink.mails] == [("paul@exemple.fr",), (ADDRESS,)]
    assert smtp_sink.mails[1].message_id == message_id


def test_every_repeat_is_the_same_mail_to_the_byte(session, app, smtp_sink, clock):
    enqueue(session, "CODE-1")
    smtp_sink.answers("DATA", "451 4.3.0 not now", DROP)

    for _ in range(3):
        deliver(session, app)
        clock.shift(timedelta(hours=2))

    assert len(smtp_sink.offered) == 3
    assert len({mail.content for mail in smtp_sink.offered}) == 1
    assert len(smtp_sink.mails) == 1


@pytest.mark.every_case
@pytest.mark.parametrize("is_resent", [False, True])
def test_what_is_called_back_before_a_repeat_is_not_noted_as_sent(
    session, app, smtp_sink, clock, is_resent
):
    enqueue(session, "CODE-1")
    enqueue(session, "CODE-2")
    smtp_sink.answers("RCPT", "450 4.2.0 later")
    deliver(session, app)
    with writing(session):
        first, second = messages(session)
        retention.cancel_and_blank(session, [first.id])
        if is_resent:
            outbox_actions.resend(Work(session, Administrator(), START), second.id)

    clock.shift(minutes(90))
    deliver(session, app)

    called_back, sent = messages(session)
    assert [codes_of(mail) for mail in smtp_sink.mails] == [["CODE-2"]]
    assert (called_back.status, called_back.last_error) == (MessageStatus.SUPPRESSED, "erased")
    assert sent.status is MessageStatus.SENT


def test_what_comes_after_the_first_attempt_goes_into_another_mail(session, app, smtp_sink, clock):
    enqueue(session, "CODE-1")
    smtp_sink.answers("DATA", "451 4.3.0 not now")
    deliver(session, app)
    enqueue(session, "CODE-2", at=START + minutes(1))

    clock.shift(timedelta(hours=3))
    deliver(session, app)

    assert sorted(codes_of(mail) for mail in smtp_sink.mails) == [["CODE-1"], ["CODE-2"]]


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_permanently_refused_mail_is_never_tried_again(session, app, smtp_sink, clock, verb):
    enqueue_alone(session)
    enqueue_alone(session, "2", "paul@exemple.fr")
    smtp_sink.answers(verb, "550 5.1.1 jeanne@exemple.fr unknown")

    first = deliver(session, app)
    clock.shift(timedelta(days=1))
    later = deliver(session, app)

    refused, sent = messages(session)
    assert (first, later) == ((1, 0, 1), (0, 0, 0))
    assert (refused.status, refused.last_error) == (MessageStatus.UNDELIVERABLE, "smtp_550")
    assert (refused.attempts, sent.status) == (1, MessageStatus.SENT)


@pytest.mark.parametrize(
    ("verb", "reply"),
    [("MAIL", "553 5.7.1 sender not allowed"), ("RCPT", "530 5.7.0 authentication required")],
)
def test_refusal_that_concerns_the_server_costs_no_message(
    session, app, smtp_sink, clock, verb, reply
):
    enqueue_alone(session)
    enqueue_alone(session, "2", "paul@exemple.fr")
    smtp_sink.answers(verb, reply)

    first = deliver(session, app)
    tried, spared = ((m.status, m.last_error, m.attempts) for m in messages(session))
    clock.shift(minutes(2))
    second = deliver(session, app)

    assert (first, second) == ((0, 1, 0), (2, 0, 0))
    assert tried == (MessageStatus.RETRYING, f"smtp_{reply[:3]}", 0)
    assert spared == (MessageStatus.QUEUED, None, 0)


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("RCPT", "550 5.4.5 Daily user sending limit exceeded"),
        ("DATA", "550 5.4.5 Daily sending quota exceeded"),
        ("DATA", "554 5.7.233 message limit reached"),
        ("RCPT", "554 5.7.1 <jeanne@exemple.fr>: rejected: you have exceeded your relay quota"),
        ("RCPT", "450 4.2.1 Peak SMTP relay limit exceeded for customer"),
    ],
)
def test_exhausted_relay_costs_no_message(session, app, smtp_sink, clock, verb, reply):
    enqueue_alone(session)
    enqueue_alone(session, "2", "paul@exemple.fr")
    smtp_sink.answers(verb, reply)

    first = deliver(session, app)
    tried = [(message.status, message.last_error) for message in messages(session)]
    clock.shift(minutes(2))
    second = deliver(session, app)

    assert (first, second) == ((0, 1, 0), (2, 0, 0))
    assert tried == [(MessageStatus.RETRYING, "quota"), (MessageStatus.QUEUED, None)]


@pytest.mark.parametrize(
    "reply",
    [
        "552 5.2.2 The email account that you tried to reach is over quota",
        "550 5.1.1 User unknown",
        "552 5.3.4 Message size exceeds fixed limit",
    ],
)
def test_full_mailbox_is_no_limit_of_ours(session, app, smtp_sink, reply):
    enqueue_alone(session)
    smtp_sink.answers("RCPT", reply)

    assert deliver(session, app) == (0, 0, 1)


def test_wrong_password_costs_no_message(session, app, smtp_sink):
    app.extensions["mail"].username, app.extensions["mail"].password = "site", "faux"
    enqueue_alone(session)

    count = deliver(session, app)

    (message,) = messages(session)
    assert count == (0, 1, 0)
    assert (message.status, message.last_error) == (MessageStatus.RETRYING, "authentication")


def test_cut_connection_is_opened_again_for_the_next_mail(session, app, smtp_sink):
    for number in range(3):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")
    smtp_sink.answers("RCPT", "250 OK", DROP)

    count = deliver(session, app)

    cut = messages(session)[1]
    assert count == (2, 1, 0)
    assert (cut.status, cut.last_error) == (MessageStatus.RETRYING, "disconnected")
    first, last = smtp_sink.mails
    assert first.connection != last.connection


@pytest.mark.parametrize("leave", [DROP, "421 4.4.2 idle for too long"])
def test_server_that_closes_between_two_mails_delays_none(session, app, smtp_sink, leave):
    for number in range(2):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")
    smtp_sink.answers("MAIL", "250 OK", leave)

    count = deliver(session, app)

    first, second = smtp_sink.mails
    assert count == (2, 0, 0)
    assert first.connection != second.connection


def test_server_that_closes_again_and_again_puts_off_the_mail(session, app, smtp_sink):
    for number in range(2):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")
    smtp_sink.answers("MAIL", "250 OK", DROP, DROP)

    count = deliver(session, app)

    assert count == (1, 1, 0)
    assert messages(session)[1].last_error == "disconnected"


def test_unreachable_server_puts_off_and_spares_the_rest(session, app, smtp_sink):
    smtp_sink.stop()
    for number in range(3):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")

    count = deliver(session, app)

    tried, *others = messages(session)
    assert count == (0, 1, 0)
    assert (tried.status, tried.last_error) == (MessageStatus.RETRYING, "connection")
    assert [message.attempts for message in others] == [0, 0]


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_silent_server_is_left_after_the_timeout(session, app, smtp_sink, verb):
    wait_for_replies(app, 0.3)
    enqueue_alone(session)
    smtp_sink.answers(verb, HANG)

    count = deliver(session, app)

    (message,) = messages(session)
    assert count == (0, 1, 0)
    assert (message.status, message.last_error) == (MessageStatus.RETRYING, "timeout")


def test_delays_double_up_to_an_hour():
    delays = [delay_after(attempt, minutes(1)) for attempt in range(1, 60)]

    for attempt, delay in enumerate(delays):
        least = min(minutes(2**attempt), minutes(60)) if attempt < 10 else minutes(60)
        assert least <= delay <= least * 1.2


def test_mail_is_given_up_after_four_days(session, app, smtp_sink, clock):
    enqueue_alone(session)
    smtp_sink.answers("RCPT", *["450 4.2.0 later"] * 4)

    counts = [deliver(session, app)]
    for wait in (timedelta(days=3, hours=23), minutes(59), minutes(90), timedelta(days=1)):
        clock.shift(wait)
        counts.append(deliver(session, app))

    (message,) = messages(session)
    assert counts == [(0, 1, 0)] * 3 + [(0, 0, 1), (0, 0, 0)]
    assert (message.status, message.last_error) == (MessageStatus.UNDELIVERABLE, "smtp_450")


def test_message_that_no_key_opens_is_set_aside_and_blocks_nothing(session, app, smtp_sink):
    broken = enqueue_alone(session)
    enqueue_alone(session, "2", "paul@exemple.fr")
    session.execute(
        sa.text("UPDATE outbox_message SET recipient = :junk WHERE id = :id"),
        {"junk": b"junk", "id": broken},
    )
    session.commit()

    count = deliver(session, app)

    states = session.execute(sa.text("SELECT status, last_error FROM outbox_message ORDER BY id"))
    assert count == (1, 0, 1)
    assert states.all() == [("undeliverable", "unrenderable"), ("sent", None)]
    assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 1


def test_broken_message_leaves_the_mail_to_the_others_of_its_batch(session, app, smtp_sink):
    for code in ("CODE-1", "CODE-2", "CODE-3"):
        enqueue(session, code)
    session.execute(
        sa.text("UPDATE outbox_message SET parameters = NULL WHERE dedup_key LIKE '%CODE-2'")
    )
    session.commit()

    count = deliver(session, app)

    (mail,) = smtp_sink.mails
    assert count == (1, 0, 1)
    assert codes_of(mail) == ["CODE-1", "CODE-3"]
    assert [message.status.value for message in messages(session)] == [
        "sent",
        "undeliverable",
        "sent",
    ]


def test_kind_without_template_is_set_aside(session, app, smtp_sink):
    enqueue_alone(session, kind=ABSENT)

    count = deliver(session, app)

    (message,) = messages(session)
    assert count == (0, 0, 1)
    assert (message.status, message.last_error) == (MessageStatus.UNDELIVERABLE, "unrenderable")
    assert message.delivery_id is None


def test_address_that_needs_what_the_server_lacks_is_given_up(session, app, smtp_sink):
    enqueue_alone(session, address="élise@exemple.fr")
    smtp_sink.offers_no_unicode()

    count = deliver(session, app)

    (message,) = messages(session)
    assert count == (0, 0, 1)
    assert message.last_error == "not_supported"


def test_address_in_unicode_is_written_to(session, app, smtp_sink):
    enqueue_alone(session, address="élise@bücher.example")

    deliver(session, app)

    assert smtp_sink.mails[0].recipients == ("élise@xn--bcher-kva.example",)


def test_delivery_pass_stops_when_told(session, app, smtp_sink):
    for number in range(3):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")

    count = loop.deliver(session, app.config, lambda: len(smtp_sink.mails) == 2)

    assert count == loop.DeliveryCount(sent=2)


def test_errors_that_are_stored_or_logged_hold_no_address(session, app, smtp_sink):
    enqueue_alone(session)
    enqueue_alone(session, "2", "paul@exemple.fr")
    smtp_sink.answers("RCPT", "550 <jeanne@exemple.fr>: rejected", "450 <paul@exemple.fr>: later")

    with capture_logs() as events:
        deliver(session, app)

    stored = [message.last_error for message in messages(session)]
    assert stored == ["smtp_550", "smtp_450"]
    assert [event["event"] for event in events] == ["mail undeliverable", "mail postponed"]
    assert "exemple" not in str(events)
