"""A rotation of the encryption key that is killed anywhere, beside others who read and write."""

import contextlib
import itertools
import os
import random
import signal
import threading
import time

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from consultation.crypto import key_files
from consultation.crypto.key_files import ENCRYPTION
from consultation.extensions import db
from consultation.inbox import attachments
from consultation.mail.models import OutboxMessage
from consultation.responses.models import Contact, Draft
from tests.factories import make_measure, make_round
from tests.sealed import fill_every_column, sealed_values

KILLS, KILLS_LONG = 3, 150
ROWS, FILES = 10, 3
SEED = 20261125


@pytest.fixture
def settings(settings, tmp_path):
    return settings | {"KEYS_DIR": tmp_path / "keys"}


class Beside(threading.Thread):
    """Writes into every encrypted column and reads it, as a running site would."""

    def __init__(self, app, round_id, halt):
        super().__init__()
        self.app, self.round_id, self.halt = app, round_id, halt
        self.written, self.read, self.failures = [], 0, []

    def run(self):
        with self.app.app_context():
            for number in itertools.count():
                if self.halt.is_set():
                    break
                try:
                    fill_every_column(db.session(), self.round_id, f"pendant{number}")
                    self.written.append(f"pendant{number}")
                    self._read()
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
                    self.failures.append(error)
                time.sleep(0.05)
            db.session.remove()

    def _read(self):
        for column in (Contact.address, Draft.fields, OutboxMessage.recipient):
            self.read += len(db.session.scalars(sa.select(column)).all())
        db.session.rollback()


@pytest.mark.timeout(900)
def test_rotation_killed_midway_loses_nothing_and_is_finished(request, app, session, forks):
    kills = KILLS_LONG if request.config.getoption("run_long") else KILLS
    chance, halt = random.Random(SEED), threading.Event()
    key_file = app.config["KEYS_DIR"] / ENCRYPTION
    make_measure(session, "T7")
    round_id = make_round(session).id
    session.commit()
    for number in range(ROWS):
        fill_every_column(session(), round_id, f"avant{number}")
    for number in range(FILES):
        attachments.write(app.config["HOME"], f"piece{number}", b"image")
    beside = Beside(app, round_id, halt)
    beside.start()

    midway = 0
    for _ in range(kills):
        pid = forks.start("rotate")
        time.sleep(chance.uniform(0.02, 0.5))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        forks.wait(pid)
        keys = key_files.read(key_file)
        midway += len(keys) > 1
    forks.wait(forks.start("rotate"))
    halt.set()
    beside.join(60)

    [key] = key_files.read(key_file)
    found = sealed_values(session)
    names = set(session.scalars(sa.select(Contact.name)))
    print(f"\n{kills} kills, {midway} midway, seed {SEED}: {len(found['contact.name'])} rows")
    assert beside.failures == []
    assert beside.read
    assert midway >= kills / 3
    assert (key in keys) == (len(keys) > 1), (
        "what was begun is finished, and only then is a key new"
    )
    assert names == {*beside.written, *(f"avant{number}" for number in range(ROWS))}
    assert all(Fernet(key).decrypt(value) for stored in found.values() for value in stored)
    for number in range(FILES):
        assert attachments.read(app.config["HOME"], f"piece{number}") == b"image"
