"""The promise survives `kill -9` of the whole server group."""

import contextlib
import http.client
import itertools
import random
import threading
import time

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.mail import outbox
from consultation.mail.models import MessageStatus, OutboxMessage
from tests.faults.checking import check_database, check_history, check_outbox
from tests.faults.visiting import Form, History

KILLS, KILLS_LONG = 20, 500
CLIENTS = 8
SEED = 20261124
PATH = "/mesures/T7/contribuer"
OUTAGES = (OSError, http.client.HTTPException)


class Visitor(threading.Thread):
    """Answers one form after the other, each until it has seen a thank-you for it."""

    def __init__(self, number, server, history, stop):
        super().__init__(name=f"visitor-{number}")
        self.number, self.server, self.history, self.halt = number, server, history, stop
        self.unanswered = None

    def run(self):
        for count in itertools.count():
            if self.halt.is_set():
                return
            with contextlib.suppress(*OUTAGES, TypeError):  # TypeError: a page cut in the middle
                text = f"Réponse {self.number}-{count} : l'été, « œuvre »"
                form = Form(self.server, PATH, text, f"v{self.number}.{count}@exemple.fr")
                self.history.note(outcome="sending", digest=form.digest)
                self.unanswered = form
                self._until_thanked(form)
            time.sleep(0.005)

    def _until_thanked(self, form):
        while not self.halt.is_set():
            with contextlib.suppress(*OUTAGES):
                status, code = form.send(self.server)
                if code is not None:
                    self.history.note(outcome="thanks", digest=form.digest, code=code)
                    self.unanswered = None
                    return
                if status != 303:
                    self.history.note(outcome="refused", digest=form.digest, status=status)
            time.sleep(0.01)


def let_leases_end(session):
    """Let ten minutes pass for what killed workers had in hand."""
    session.rollback()
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.status == MessageStatus.SENDING)
        .values(next_attempt_at=now())
    )
    session.commit()


def wait_for_mail(session, seconds=120):
    end = time.monotonic() + seconds
    while outbox.oldest_waiting(session):
        session.rollback()
        assert time.monotonic() < end, "mail still waits"
        time.sleep(0.2)
    session.rollback()


@pytest.mark.timeout(900)
def test_what_was_thanked_for_survives_killing_the_whole_group(request, server, session, tmp_path):
    kills = KILLS_LONG if request.config.getoption("run_long") else KILLS
    chance, stop = random.Random(SEED), threading.Event()
    history = History(tmp_path / "history.jsonl")
    visitors = [Visitor(number, server, history, stop) for number in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()

    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 0.6))
        server.kill()
        server.start()
    time.sleep(1)
    stop.set()
    for visitor in visitors:
        visitor.join(60)
    for visitor in visitors:
        if visitor.unanswered is not None:
            _status, code = visitor.unanswered.send(server)
            history.note(outcome="thanks", digest=visitor.unanswered.digest, code=code)
    let_leases_end(session)
    wait_for_mail(session)

    figures = check_history(session, history.events()) | check_outbox(session, server.home)
    check_database(session)
    print(f"\n{kills} kills, seed {SEED}: {figures}")
    assert figures["thanks"] >= kills
