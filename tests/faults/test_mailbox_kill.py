"""The exact hash of stored addresses, filled in by a worker that is killed again and again."""

import contextlib
import os
import random
import signal
import time

import sqlalchemy as sa

from consultation.db.base import Base
from consultation.mail.addresses import mailbox_index_of
from consultation.mail.models import OutboxMessage
from tests.factories import make_measure, make_round
from tests.operations.test_mailbox_hashes import FILLED, fill_tables, forget_mailboxes

KILLS, KILLS_LONG = 3, 12
SEED = 20261128


def test_killed_filling_goes_on_and_fills_every_row_once(request, session, forks):
    kills = KILLS_LONG if request.config.getoption("run_long") else KILLS
    chance = random.Random(SEED)
    make_measure(session, "T7")
    opened = make_round(session)
    session.commit()
    fill_tables(session, opened, [f"personne{number}@exemple.fr" for number in range(20)])
    forget_mailboxes(session)

    midway, before = 0, count_lacking(session)
    for _ in range(kills):
        pid = forks.start("fill_hashes")
        wait_until_some_are_filled(session, before)
        time.sleep(chance.uniform(0, 0.05))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        forks.wait(pid)
        left = count_lacking(session)
        midway, before = midway + (0 < left < before), left
    forks.wait(forks.start("fill_hashes"))

    print(f"\n{kills} kills, {midway} midway, seed {SEED}")
    assert midway
    assert count_lacking(session) == 0
    filled = session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.mailbox_index)).all()
    assert [index for _, index in filled] == [mailbox_index_of(address) for address, _ in filled]


def wait_until_some_are_filled(session, before):
    """Return once one row more has the hash, or none is left that lacks it."""
    ends_at = time.monotonic() + 60
    while 0 < before <= count_lacking(session):
        assert time.monotonic() < ends_at
        time.sleep(0.005)


def count_lacking(session):
    session.rollback()
    tables = [Base.metadata.tables[model.__tablename__] for model in FILLED]
    wanted = [sa.select(sa.func.count()).where(it.c.mailbox_index.is_(None)) for it in tables]
    count = sum(session.scalar(each) for each in wanted)
    session.rollback()
    return count
