"""Concurrent and killed workers: each message leaves once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
from consultation.jobs import attempt_files
from consultation.jobs import worker as loop
from consultation.mail import outbox_actions, retention
from consultation.mail.delivery import breakers, claim
from consultation.mail.delivery import loop as delivery_loop
from consultation.mail.delivery.claim import LEASE, DeliverySettings
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.mail.transport import NotNow
from consultation.work.services import Work
from tests.mail.builders import (
    START,
    Administrator,
    codes_of,
    deliver,
    enqueue,
    enqueue_alone,
    messages,
)
from tests.mail.smtp_server import HANG

pytestmark = pytest.mark.database

TOP = Path(__file__).parents[3]
COUNT = 120


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings | {"MAIL_TIMEOUT": 60}


@pytest.fixture
def start_worker(settings):
    """Start a worker process that waits for a line before it delivers."""
    workers = []
    parameters = {
        name: str(value) if isinstance(value, Path) else value for name, value in settings.items()
    }

    def start():
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.mail.worker", json.dumps(parameters)],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        if worker.poll() is None:
            worker.kill()
        worker.communicate()


def make_messages(session, at):
    """A hundred and twenty messages: most to boxes of their own, some gathered, some to one box."""
    for number in range(COUNT - 40):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr", at)
    for number in range(20):
        enqueue_alone(session, f"same-{number}", "jeanne@exemple.fr", at)
    for number in range(20):
        enqueue(session, f"CODE-{number}", f"groupe{number % 4}@exemple.fr", at)


def assert_each_left_once(session, sink):
    states = Counter(message.status for message in messages(session))
    ids = [mail.message_id for mail in sink.mails]
    codes = Counter(code for mail in sink.mails for code in codes_of(mail))
    assert states == {MessageStatus.SENT: COUNT}
    assert len(ids) == len(set(ids)) == COUNT - 20 + 4
    assert codes == Counter(f"CODE-{number}" for number in range(20))


def wait_until(is_so, seconds=30):
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "waited in vain"
        time.sleep(0.02)


def test_two_threads_send_each_message_once(session, app, smtp_sink):
    make_messages(session, datetime.now(UTC) - timedelta(minutes=1))
    start_together = threading.Barrier(2)

    def work():
        with app.app_context():
            start_together.wait()
            while deliver(db.session, app) != (0, 0, 0):
                pass
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert_each_left_once(session, smtp_sink)


class StopAfterOneMail(threading.Event):
    def __init__(self, sink):
        super().__init__()
        self.sink = sink

    def is_set(self):
        return super().is_set() or len(self.sink.mails) > 0


def test_stopping_worker_begins_no_further_mail(session, app, smtp_sink, monkeypatch):
    monkeypatch.setattr(loop, "_tasks", {"mail": loop._tasks["mail"]})
    for number in range(3):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr", datetime.now(UTC))

    loop.work(app, StopAfterOneMail(smtp_sink))

    assert len(smtp_sink.mails) == 1
    untried = [each for each in messages(session) if each.status is MessageStatus.QUEUED]
    assert [(each.attempts, each.delivery_id) for each in untried] == [(0, None)] * 2
    assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 1


def test_two_processes_send_each_message_once(session, app, smtp_sink, start_worker):
    make_messages(session, datetime.now(UTC) - timedelta(minutes=1))
    workers = [start_worker() for _ in range(2)]

    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    errors = [worker.communicate(timeout=100)[1] for worker in workers]
    deliver(session, app)

    assert [worker.returncode for worker in workers] == [0, 0], errors
    assert_each_left_once(session, smtp_sink)
    assert all("mail sent" in line for line in errors)


def begin_sending(worker, sink):
    """Have the worker send until its first mail is at the server, which does not answer."""
    before = len(sink.offered)
    sink.answers("DATA", HANG)
    worker.stdin.write("\n")
    worker.stdin.flush()
    wait_until(lambda: len(sink.offered) > before)


def kill(worker):
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()


def test_mail_of_a_killed_worker_is_repeated_unchanged_at_once(
    session, app, smtp_sink, start_worker
):
    enqueue(session, "CODE-1", at=datetime.now(UTC) - timedelta(minutes=1))
    worker = start_worker()
    begin_sending(worker, smtp_sink)
    living = deliver(session, app)
    kill(worker)

    (left,) = messages(session)
    claimed = (left.status, left.attempts, left.delivery.message_id)
    after = deliver(session, app)

    first, again = smtp_sink.offered
    (message,) = messages(session)
    assert claimed == (MessageStatus.SENDING, 1, first.message_id)
    assert (living, after) == ((0, 0, 0), (1, 0, 0))
    assert again.content == first.content
    assert (message.status, message.attempts) == (MessageStatus.SENT, 2)
    assert list((app.config["HOME"] / attempt_files.FOLDER).iterdir()) == []


def test_mail_whose_repeat_is_killed_too_waits_for_its_lease(session, app, smtp_sink, start_worker):
    enqueue(session, "CODE-1", at=datetime.now(UTC) - timedelta(minutes=1))
    for _ in range(2):
        worker = start_worker()
        begin_sending(worker, smtp_sink)
        kill(worker)

    during = deliver(session, app)
    with time_machine.travel(datetime.now(UTC) + LEASE, tick=False):
        after = deliver(session, app)

    assert (during, after) == ((0, 0, 0), (1, 0, 0))
    assert len({mail.content for mail in smtp_sink.offered}) == 1
    assert len(smtp_sink.offered) == 3


def test_dead_worker_frees_no_mail_that_is_claimed_anew(session, app, smtp_sink, start_worker):
    enqueue(session, "CODE-1", at=datetime.now(UTC) - timedelta(minutes=1))
    worker = start_worker()
    begin_sending(worker, smtp_sink)
    with writing(session):
        session.execute(sa.update(OutboxMessage).values(next_attempt_at=datetime.now(UTC) + LEASE))
    kill(worker)

    assert deliver(session, app) == (0, 0, 0)
    assert messages(session)[0].status is MessageStatus.SENDING


@pytest.mark.only("postgresql")
def test_two_workers_may_be_the_first_to_find_the_server_gone(app, session):
    both, results = threading.Barrier(2), []

    def fail():
        with app.app_context(), db.session() as own:
            both.wait()
            with writing(own):
                breakers.note_failure(own, breakers.SERVER, "connection", START, LEASE)
                time.sleep(0.1)
            results.append(True)

    workers = [threading.Thread(target=fail) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert results == [True, True]
    assert breakers.find(session, breakers.SERVER).failures == 2


@pytest.fixture
def after_selection(monkeypatch):
    """Commit a change when a worker has selected messages, and not yet locked them."""
    select = claim._lock_candidates

    def does(change):
        def lock_candidates(session, *args):
            candidates = select(session, *args)
            with Session(db.engine) as own, writing(own):
                change(own, [candidate.id for candidate in candidates])
            monkeypatch.setattr(claim, "_lock_candidates", select)
            return candidates

        monkeypatch.setattr(claim, "_lock_candidates", lock_candidates)

    return does


@pytest.mark.only("postgresql")
def test_message_that_is_blanked_as_its_mail_is_taken_is_not_in_it(
    session, app, smtp_sink, after_selection
):
    for number in range(3):
        enqueue(session, f"CODE-{number}", at=START)
    after_selection(lambda own, ids: retention.cancel_and_blank(own, ids[1:2]))

    with time_machine.travel(START, tick=False):
        count = deliver(session, app)

    assert count == (1, 0, 0)
    assert [codes_of(mail) for mail in smtp_sink.mails] == [["CODE-0", "CODE-2"]]
    assert [(m.status, m.attempts) for m in messages(session)] == [
        (MessageStatus.SENT, 1),
        (MessageStatus.SUPPRESSED, 0),
        (MessageStatus.SENT, 1),
    ]


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("tries", [0, 1])
def test_mail_cancelled_as_it_is_taken_does_not_leave_and_the_next_does(
    session, app, smtp_sink, after_selection, tries
):
    enqueue(session, "CODE-1", at=START)
    smtp_sink.answers("RCPT", *["450 4.2.0 later"] * tries)
    with time_machine.travel(START, tick=False):
        for _ in range(tries):
            deliver(session, app)
    enqueue(session, "CODE-2", "paul@exemple.fr", at=START + LEASE)
    after_selection(lambda own, ids: outbox_actions.cancel(Work(own, Administrator()), ids[0]))

    with time_machine.travel(START + LEASE, tick=False):
        count = deliver(session, app)

    assert count == (1, 0, 0)
    assert [codes_of(mail) for mail in smtp_sink.mails] == [["CODE-2"]]
    assert [m.status for m in messages(session)] == [MessageStatus.SUPPRESSED, MessageStatus.SENT]
    assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 1 + tries


@pytest.mark.only("postgresql")
def test_message_that_is_being_taken_cannot_be_cancelled_under_its_mail(
    session, app, smtp_sink, monkeypatch
):
    enqueue(session, "CODE-1", at=START)
    lock = claim._lock_messages

    def lock_messages(session, first_by_mail):
        messages = lock(session, first_by_mail)
        with (
            pytest.raises(StorageUnavailable),
            Session(db.engine) as own,
            writing(own, patience=0.1),
        ):
            retention.cancel_and_blank(own, [message.id for message in messages.popitem()[1]])
        return lock(session, first_by_mail)

    monkeypatch.setattr(claim, "_lock_messages", lock_messages)

    with time_machine.travel(START, tick=False):
        count = deliver(session, app)

    assert count == (1, 0, 0)
    assert [codes_of(mail) for mail in smtp_sink.mails] == [["CODE-1"]]


@pytest.mark.only("postgresql")
def test_message_that_another_transaction_holds_is_left_to_a_later_mail(session, app, smtp_sink):
    held, _free = (enqueue_alone(session, n, f"{n}@exemple.fr", START) for n in ("un", "deux"))

    with time_machine.travel(START, tick=False), Session(db.engine) as own:
        own.get(OutboxMessage, held, with_for_update=True)
        first = deliver(session, app)
        own.rollback()
        second = deliver(session, app)

    assert (first, second) == ((1, 0, 0), (1, 0, 0))
    assert [mail.recipients for mail in smtp_sink.mails] == [
        ("deux@exemple.fr",),
        ("un@exemple.fr",),
    ]


class WatchingLine:
    """A line that takes every mail, and notes what its worker has claimed meanwhile."""

    def __init__(self, session, each=lambda: None):
        self.session, self.each, self.claimed = session, each, []

    def send(self, mail, return_path):
        states = Counter(message.status for message in messages(self.session))
        self.claimed.append(states[MessageStatus.SENDING])
        self.each()


def test_worker_claims_twenty_mails_at_a_time(session, app):
    for number in range(claim.BATCH + 5):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr", at=START)
    line = WatchingLine(session)

    with time_machine.travel(START, tick=False):
        delivery_loop.deliver_due(session, line, DeliverySettings.from_settings(app.config))

    assert line.claimed == [claim.BATCH] * claim.BATCH + [5] * 5
    assert {message.status for message in messages(session)} == {MessageStatus.SENT}


def test_what_a_worker_did_not_try_is_as_if_it_had_not_claimed_it(session, app, smtp_sink):
    for number in range(3):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr", at=START)
    smtp_sink.answers("RCPT", "450 4.2.0 later", "450 4.2.0 later")
    with time_machine.travel(START, tick=False) as clock:
        loop_of_two = (deliver(session, app), clock.shift(LEASE))[0]
        before = [(m.attempts, m.delivery_id, m.status) for m in messages(session)]

        smtp_sink.answers("MAIL", "553 5.7.1 sender not allowed")
        tried = deliver(session, app)

    after = [(m.attempts, m.delivery_id, m.status) for m in messages(session)]
    assert (loop_of_two, tried) == ((1, 2, 0), (0, 1, 0))
    assert sorted(after) == sorted(before)


def test_slow_server_makes_no_lease_end_before_its_mail(session, app):
    for number in range(3):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr", at=START)

    with time_machine.travel(START, tick=False) as clock:
        line = WatchingLine(session, lambda: clock.shift(LEASE / 2 + timedelta(seconds=1)))
        delivery_loop.deliver_due(session, line, DeliverySettings.from_settings(app.config))

    assert line.claimed == [3, 2, 1]
    assert [message.attempts for message in messages(session)] == [1, 1, 1]


class SlowLine:
    """A line that fails only after another worker, the lease being over, has sent the mail."""

    def __init__(self, session, app, later):
        self.session, self.app, self.later = session, app, later

    def send(self, mail, return_path):
        with time_machine.travel(self.later, tick=False):
            assert deliver(self.session, self.app) == (1, 0, 0)
        raise NotNow("timeout", stop=True, is_about_mail=True)


def test_worker_whose_lease_ended_does_not_overwrite_what_another_did(session, app, smtp_sink):
    enqueue(session, "CODE-1", at=START)
    line = SlowLine(session, app, START + LEASE)

    with time_machine.travel(START, tick=False):
        delivery_loop.deliver_due(session, line, DeliverySettings.from_settings(app.config))

    (message,) = messages(session)
    assert (message.status, message.attempts) == (MessageStatus.SENT, 2)
    assert message.last_error is None
    assert len(smtp_sink.mails) == 1


@pytest.mark.only("sqlite")
def test_locked_database_does_not_make_a_mail_leave_twice(session, app, smtp_sink, database_url):
    enqueue(session, "CODE-1", at=datetime.now(UTC) - timedelta(minutes=1))
    engine = sa.create_engine(database_url)
    is_held = threading.Event()
    session.connection().exec_driver_sql("PRAGMA busy_timeout=200")
    session.rollback()

    def lock_until_released():
        wait_until(lambda: smtp_sink.offered)
        raw = engine.raw_connection()
        raw.driver_connection.execute("BEGIN IMMEDIATE")
        is_held.set()
        time.sleep(0.7)
        raw.driver_connection.execute("ROLLBACK")
        raw.close()

    smtp_sink.waits_for("DATA", is_held)
    holder = threading.Thread(target=lock_until_released)
    holder.start()
    first = deliver(session, app)
    holder.join()
    again = deliver(session, app)
    engine.dispose()

    assert (first, again) == ((1, 0, 0), (0, 0, 0))
    assert len(smtp_sink.mails) == 1
