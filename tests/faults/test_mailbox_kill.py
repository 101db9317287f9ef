"""The exact hash of stored addresses, filled in by a worker that is killed again and again."""

import contextlib
import os
import random
import signal
import time

import sqlalchemy as sa

from consultation.database import Base
from consultation.mail.addresses import mailbox_index_of
from consultation.mail.models import OutboxMessage
from tests.factories import make_measure, make_round
from tests.operating.test_mailboxes import FILLED, fill_tables, forget_mailboxes

KILLS, KILLS_LONG = 3, 60
SEED = 20261128


def test_a_filling_that_is_killed_goes_on_and_fills_every_row_once(request, session, forks):
    kills = KILLS_LONG if request.config.getoption("run_long") else KILLS
    chance = random.Random(SEED)
    make_measure(session, "T7")
    opened = make_round(session)
    session.commit()
    fill_tables(session, opened, [f"personne{number}@exemple.fr" for number in range(20)])
    forget_mailboxes(session)

    midway = 0
    for _ in range(kills):
        pid = forks.start("tell_apart")
        time.sleep(chance.uniform(0.1, 0.4))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        forks.wait(pid)
        left = sum(map(len, lacking(session)))
        midway += 0 < left < 60
    forks.wait(forks.start("tell_apart"))

    print(f"\n{kills} kills, {midway} midway, seed {SEED}")
    assert midway
    assert lacking(session) == [[], [], []]
    filled = session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.mailbox_index)).all()
    assert [index for _, index in filled] == [mailbox_index_of(address) for address, _ in filled]


def lacking(session):
    session.rollback()
    tables = [Base.metadata.tables[model.__tablename__] for model in FILLED]
    return [
        session.scalars(
            sa.select(table.c.mailbox_index).where(table.c.mailbox_index.is_(None))
        ).all()
        for table in tables
    ]
