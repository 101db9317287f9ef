"""Workers that are killed in the middle of their mails: none is lost, and repeats are the same."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.mail import outbox
from consultation.mail.addresses import Address
from consultation.mail.delivery.claim import BATCH
from consultation.mail.models import MessageStatus
from consultation.responses.submission.acknowledgement import KIND
from tests.faults.server import ROOT
from tests.faults.test_kill import let_leases_end
from tests.mail.builders import codes_of, deliver, make_acknowledgement

KILLS, KILLS_LONG = 20, 300
WORKERS = 2
MAILS_A_ROUND = 3 * BATCH
SEED = 20261124


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings | {"MAIL_TIMEOUT": 20, "MAIL_HOURLY_CAP": 0}


class Workers:
    """Two workers at a time, each killed at a moment of its own."""

    def __init__(self, settings):
        told = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in settings.items()
        }
        self.pids = []
        self.launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mail_workers", json.dumps(told)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self):
        self.launcher.stdin.write("start\n" * WORKERS)
        self.launcher.stdin.flush()
        self.pids = [int(self.launcher.stdout.readline()) for _ in range(WORKERS)]

    def kill_at(self, moments):
        """Kill one after the other, so many seconds from now each."""
        began = time.monotonic()
        for pid, moment in zip(self.pids, sorted(moments), strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            os.kill(pid, signal.SIGKILL)
        self.pids = []

    def close(self):
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.launcher.stdin.close()
        self.launcher.wait(60)
        self.launcher.stdout.close()


@pytest.fixture
def workers(settings, app):
    running = Workers(settings)
    yield running
    running.close()


def wait_until(is_so, seconds=30):
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "waited in vain"
        time.sleep(0.005)


def enqueue_some(session, queued):
    """Owe some more mails, each to an address of its own."""
    at = now() - timedelta(minutes=1)
    with writing(session):
        for number in range(len(queued), len(queued) + MAILS_A_ROUND):
            message = outbox.prepare(
                session,
                KIND,
                dedup_key=f"acknowledgement:{number}",
                recipient=Address.of(f"personne{number}@exemple.fr"),
                locale="fr",
                parameters=make_acknowledgement(f"CODE-{number}"),
                at=at,
            )
            outbox.enqueue_gathered(session, message, outbox.Caps(3))
            queued.append(f"CODE-{number}")


def check(mails, queued, rounds, kills):
    """Raise AssertionError where the server's log breaks a promise; return the figures."""
    times = Counter(mail.message_id for mail in mails)
    codes = {mail.message_id: codes_of(mail) for mail in mails}
    # What the first that is killed leaves, the other sends again at once.
    kills_of_others = range(1, WORKERS + 1) if kills else ()
    repeats = sum(times.values()) - len(times)
    assert sorted(code for found in codes.values() for code in found) == sorted(queued), "lost"
    assert len({(mail.message_id, mail.content) for mail in mails}) == len(times), "another repeat"
    assert repeats <= kills * BATCH, "more repeats than were not marked"
    for start, end in rounds:
        once = Counter(mail.message_id for mail in mails[start:end])
        assert set(once.values()) <= {1, *kills_of_others}, "twice without a kill between"
    return {"mails": len(times), "lost": 0, "repeats": repeats}


@pytest.mark.timeout(900)
def test_mail_survives_killing_its_workers(session, app, smtp_sink, workers, is_long, recorded):
    kills = KILLS_LONG if is_long else KILLS
    chance, queued, rounds = random.Random(SEED), [], []

    for _ in range(kills // WORKERS):
        enqueue_some(session, queued)
        start = len(smtp_sink.mails)
        workers.start()
        wait_until(lambda start=start: len(smtp_sink.mails) > start)
        workers.kill_at([chance.uniform(0, 0.2) for _ in range(WORKERS)])
        wait_until(lambda: not smtp_sink.open_connections)
        rounds.append((start, len(smtp_sink.mails)))
        let_leases_end(session)
    rounds.append((len(smtp_sink.mails), None))
    by_workers = len(smtp_sink.mails)
    deliver(session, app)

    figures = check(smtp_sink.mails, queued, rounds, kills)
    told = {"kills": kills} | figures | {"by those killed": by_workers, "seed": SEED}
    recorded("M2 kill -9 of the senders", told)
    assert outbox.counts(session)[MessageStatus.SENT] == len(queued)
    assert by_workers >= kills // WORKERS


def test_two_workers_that_nobody_kills_send_each_mail_once(session, app, smtp_sink, workers):
    queued = []
    enqueue_some(session, queued)

    workers.start()
    wait_until(
        lambda: outbox.counts(session)[MessageStatus.SENT] == len(queued) or session.rollback()
    )

    assert check(smtp_sink.mails, queued, [(0, None)], 0) == {
        "mails": MAILS_A_ROUND,
        "lost": 0,
        "repeats": 0,
    }
