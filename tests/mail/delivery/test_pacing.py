"""Pacing: at most three mails to one box in a day, each receipt in exactly one."""

import itertools
import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now as clock_now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import outbox
from consultation.mail.delivery import claim as delivery_claim
from consultation.mail.delivery.claim import DeliverySettings
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.responses.rights import withdrawal
from tests.mail.builders import START, codes_of, deliver, enqueue, enqueue_alone, messages, minutes
from tests.mail.stopped_clock import clock as clock
from tests.mail.stopped_clock import settings as settings
from tests.statements import plan_of, selects

pytestmark = pytest.mark.database


def run_day(session, app, clock, arrivals, address="jeanne@exemple.fr", hours=24):
    """Let responses arrive at the minutes given while a worker looks in every ten minutes."""
    promises = {}
    for minute in range(0, hours * 60, 10):
        clock.move_to(START + minutes(minute))
        for number in [n for n, at in enumerate(arrivals) if minute <= at < minute + 10]:
            code = f"CODE-{number:02}"
            promises[code] = enqueue(session, code, address, at=START + minutes(minute))
        deliver(session, app)
    return promises


def test_first_mail_of_day_leaves_at_once(session, app, smtp_sink):
    will_come = enqueue(session, "CODE-1")

    deliver(session, app)

    assert will_come
    assert [codes_of(mail) for mail in smtp_sink.mails] == [["CODE-1"]]


@pytest.mark.only("sqlite")
def test_messages_of_a_mail_are_found_by_it_and_not_among_all_that_wait(session, app, smtp_sink):
    enqueue(session, "CODE-1")
    enqueue_alone(session, "2")
    with selects() as statements:
        deliver(session, app)
    found = [it for it in statements if "coalesce" in it]

    assert len(smtp_sink.mails) == 2
    assert [plan_of(session, statement)[0] for statement in found] == [
        "SEARCH outbox_message USING INDEX ix_outbox_message_batch_key (batch_key=?)",
        "SEARCH outbox_message USING INTEGER PRIMARY KEY (rowid=?)",
    ]


def test_those_that_follow_wait_two_hours_for_each_other(session, app, smtp_sink, clock):
    enqueue(session, "CODE-1")
    deliver(session, app)
    for minute in (2, 20, 40):
        enqueue(session, f"CODE-{minute}", at=START + minutes(minute))

    clock.move_to(START + minutes(121))
    early = deliver(session, app)
    clock.move_to(START + minutes(122))
    due = deliver(session, app)

    assert (early, due) == ((0, 0, 0), (1, 0, 0))
    assert codes_of(smtp_sink.mails[1]) == ["CODE-2", "CODE-20", "CODE-40"]


def test_sixty_responses_in_a_day_make_three_mails_with_each_receipt_once(
    session, app, smtp_sink, clock
):
    promises = run_day(session, app, clock, [number * 4 for number in range(60)])

    codes = Counter(code for mail in smtp_sink.mails for code in codes_of(mail))
    assert len(smtp_sink.mails) == 3
    assert codes == Counter(promises.keys())
    assert all(promises.values())


def test_beyond_three_mails_a_message_says_why_it_will_not_leave(session, app, smtp_sink, clock):
    promises = run_day(session, app, clock, [number * 20 for number in range(60)])

    sent = {code for mail in smtp_sink.mails for code in codes_of(mail)}
    stored = {m.dedup_key.removeprefix("acknowledgement:"): m for m in messages(session)}
    assert len(smtp_sink.mails) == 3
    assert sent == {code for code, will_come in promises.items() if will_come}
    assert {
        (m.status, m.last_error, m.delivery_id) for c, m in stored.items() if c not in sent
    } == {(MessageStatus.SUPPRESSED, "daily_cap", None)}
    assert {m.status for code, m in stored.items() if code in sent} == {MessageStatus.SENT}


def test_day_is_the_last_twenty_four_hours(session, app, smtp_sink, clock):
    run_day(session, app, clock, [0, 10, 140], hours=8)

    before = enqueue(session, "CODE-A", at=START + timedelta(hours=24) - minutes(1))
    after = enqueue(session, "CODE-B", at=START + timedelta(hours=24))

    assert len(smtp_sink.mails) == 3
    assert (before, after) == (False, True)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_spelling_and_language_counts(session, app, smtp_sink, clock, locale):
    spellings = [
        "jeanne.martin@gmail.com",
        "JeanneMartin@Gmail.com",
        "jeannemartin+un@googlemail.com",
        "j.eanne.martin@gmail.com",
        "jeanne.martin@GMAIL.COM",
    ]
    for number, address in enumerate(spellings):
        clock.move_to(START + timedelta(hours=number * 4.5))
        enqueue(session, f"CODE-{number}", address, START + timedelta(hours=number * 4.5), locale)
        deliver(session, app)
    clock.move_to(START + timedelta(hours=23))
    deliver(session, app)

    assert len(smtp_sink.mails) == 3


def test_another_box_is_not_concerned(session, app, smtp_sink, clock):
    run_day(session, app, clock, [0, 10, 80, 600], hours=12)

    will_come = enqueue(session, "OTHER", "paul@exemple.fr", at=START + timedelta(hours=12))

    assert will_come


def test_mails_that_are_not_gathered_use_up_nothing(session, app, smtp_sink):
    for number in range(5):
        enqueue_alone(session, str(number))
    deliver(session, app)

    will_come = enqueue(session, "CODE-1")
    deliver(session, app)

    assert will_come
    assert len(smtp_sink.mails) == 6


def test_mails_held_up_by_the_server_still_count(session, app, smtp_sink, clock):
    smtp_sink.answers("RCPT", *["451 4.3.0 later"] * 1000)
    for hour in range(0, 72, 2):
        clock.move_to(START + timedelta(hours=hour))
        enqueue(session, f"CODE-{hour:02}", at=START + timedelta(hours=hour))
        deliver(session, app)
    smtp_sink._script["RCPT"].clear()

    clock.shift(timedelta(hours=2))
    deliver(session, app)

    assert len(smtp_sink.mails) == 3


def test_mail_counts_from_when_it_left_however_long_it_waited(session, app, smtp_sink, clock):
    smtp_sink.answers("RCPT", "451 4.3.0 later")
    enqueue(session, "CODE-1")
    deliver(session, app)
    clock.move_to(START + timedelta(hours=23))
    deliver(session, app)

    clock.move_to(START + timedelta(hours=25))
    enqueue(session, "CODE-2", at=START + timedelta(hours=25))
    at_once = deliver(session, app)
    clock.shift(timedelta(hours=2))
    later = deliver(session, app)

    assert (at_once, later) == ((0, 0, 0), (1, 0, 0))


def test_missing_mailbox_is_not_tried_all_day(session, app, smtp_sink, clock):
    smtp_sink.answers("RCPT", *["550 5.1.1 unknown"] * 100)

    run_day(session, app, clock, [number * 60 for number in range(20)])

    tried = [message for message in messages(session) if message.delivery_id]
    assert len({message.delivery_id for message in tried}) == 3
    assert {message.status for message in tried} == {MessageStatus.UNDELIVERABLE}


def test_mail_is_held_until_the_mailbox_may_have_it(session, app, smtp_sink, clock):
    for number in range(3):
        enqueue(session, f"CODE-{number}", at=START, locale=("fr", "en", "de")[number])
    with session.begin_nested():
        session.execute(sa.update(OutboxMessage).values(next_attempt_at=START))
    session.commit()
    app.config["MAIL_DAILY_CAP"] = 2

    first = deliver(session, app)
    held = [m for m in messages(session) if m.status is MessageStatus.QUEUED]
    reasons = [m.last_error for m in held]
    clock.shift(timedelta(hours=23))
    second = deliver(session, app)
    clock.shift(timedelta(hours=1))
    third = deliver(session, app)

    assert (first, second, third) == ((2, 0, 0), (0, 0, 0), (1, 0, 0))
    assert reasons == ["daily_cap"]


def test_one_mail_gathers_no_more_than_it_can_hold(session, app, smtp_sink, clock):
    promises = [enqueue(session, f"CODE-{number:03}", at=START) for number in range(200)]

    deliver(session, app)
    clock.shift(timedelta(hours=5))
    for _ in range(3):
        deliver(session, app)

    sizes = [len(codes_of(mail)) for mail in smtp_sink.mails]
    assert sizes == [30, 30, 30]
    assert promises.count(True) == 90
    assert len({code for mail in smtp_sink.mails for code in codes_of(mail)}) == 90


def test_address_that_takes_no_mail_leaves_a_row_that_says_so(session, app):
    will_come = enqueue(session, "CODE-1", "=?utf-8?q?jeanne?=@exemple.fr")

    (message,) = messages(session)
    assert not will_come
    assert (message.status, message.last_error) == (MessageStatus.SUPPRESSED, "address")


def test_transactions_at_once_do_not_exceed_the_cap(session, app, smtp_sink, clock):
    start_together = threading.Barrier(6)
    promises = []

    def submit(number):
        with app.app_context():
            start_together.wait()
            promises.append(
                enqueue(db.session, f"CODE-{number}", locale=f"l{number}", at=START, cap=3)
            )
            db.session.remove()

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.shift(timedelta(hours=5))
    deliver(session, app)

    assert promises.count(True) == 3
    assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 3


def test_lock_of_a_box_is_one_of_postgresql_s_numbers():
    numbers = [outbox._lock_number(f"{digit * 16}{'0' * 48}") for digit in "07f"]

    assert all(-(2**63) <= number < 2**63 for number in numbers)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("is_reversed", [False, True])
def test_what_waits_for_others_is_not_gone_through_for_each_receipt(session, app, is_reversed):
    """Without figures of its own, SQLite chooses among indexes by the order they were made in."""
    make_indexes_anew(session, is_reversed)
    few = steps(session, lambda: enqueue(session, "CODE-A"))
    for number in range(300):
        enqueue(session, f"CODE-{number}", f"autre{number}@exemple.fr")

    many = steps(session, lambda: enqueue(session, "CODE-B", "paul@exemple.fr"))

    assert many < 2 * few


@pytest.mark.only("sqlite")
def test_what_left_long_ago_is_not_gone_through_for_each_mail(session, app, smtp_sink):
    def claim():
        with writing(session):
            assert delivery_claim.claim_due(
                session, DeliverySettings.from_settings(app.config), clock_now()
            )

    enqueue(session, "CODE-A")
    few = steps(session, claim)
    with writing(session):
        session.execute(sa.insert(Delivery), [left_long_ago(number) for number in range(1000)])
    enqueue(session, "CODE-B", "paul@exemple.fr")

    assert steps(session, claim) < 2 * few


@pytest.mark.only("sqlite")
def test_what_was_said_long_ago_is_not_gone_through_to_forget_what_was_said_now(
    session, app, smtp_sink
):
    say_goodbye(session, 0)
    few = steps(session, lambda: deliver(session, app))
    with writing(session):
        session.execute(sa.insert(OutboxMessage), [said_long_ago(number) for number in range(1000)])
    say_goodbye(session, 1)

    many = steps(session, lambda: deliver(session, app))

    assert many < 2 * few
    assert [message.recipient for message in messages(session) if message.delivery] == [None, None]


def say_goodbye(session, number):
    """Owe a mail of a kind of which nothing is kept."""
    with writing(session):
        outbox.enqueue(
            session,
            withdrawal.KIND.name,
            dedup_key=f"departure:{number}",
            recipient=f"jeanne{number}@exemple.fr",
            locale="fr",
            parameters=withdrawal.Departure(True, True, [], START.isoformat()),
            at=START,
        )


def said_long_ago(number):
    return {
        "dedup_key": f"departure:ancien{number}",
        "kind": withdrawal.KIND.name,
        "locale": "fr",
        "recipient_index": str(number),
        "status": MessageStatus.SENT,
        "next_attempt_at": START,
        "created_at": START - timedelta(days=9),
        "sent_at": START - timedelta(days=9),
    }


def left_long_ago(number):
    return {
        "message_id": f"<{number}@exemple.fr>",
        "recipient_index": str(number),
        "created_at": START - timedelta(days=9),
    }


def make_indexes_anew(session, is_reversed):
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with writing(session):
        rows = sorted(session.execute(sa.text(named)), reverse=is_reversed)
        for name, _made in rows:
            session.execute(sa.text(f'DROP INDEX "{name}"'))
        for _name, made in rows:
            session.execute(sa.text(made))
    db.engine.dispose()


def steps(session, do):
    """Return about how many steps SQLite's own machine takes to do something."""
    session.rollback()
    taken = itertools.count()
    handler = session.connection().connection.dbapi_connection.set_progress_handler
    handler(lambda: next(taken) < 0, 5)
    try:
        do()
    finally:
        handler(None, 0)
    return next(taken)
