"""Retention that is killed anywhere is finished by the next one, and erases nothing else."""

import contextlib
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.mail.models import OutboxMessage
from consultation.operations.retention import notices
from consultation.responses.models import Answer, Contact, Respondent
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.faults.forks import YEARS

PEOPLE, MOST_KILLS = 1000, 60
CLOSED = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)
SEED = 20261125


@pytest.fixture
def settings(settings):
    return settings | {"RETENTION_CONTACT_DAYS": 730}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_retention_killed_midway_is_finished_by_the_next(app, session, forks):
    chance = random.Random(SEED)
    make_measure(session, "T7")
    closed = make_round(session, CLOSED - timedelta(days=60), CLOSED)
    stays = make_round(session, CLOSED, now() + 2 * YEARS, code="tour-2")
    for number in range(PEOPLE):
        respond(session, closed, "T7", {"suggestions": "Un mot"}, contact=("J", f"{number}@ex.fr"))
    respond(session, stays, "T7", {"suggestions": "Un mot"}, contact=("Z", "reste@ex.fr"))
    session.commit()
    make_account(session, "org@exemple.fr", Role.ORGANISER)
    notices.enqueue_due(session(), app.config, now() + YEARS - timedelta(days=10))

    kills, left = 0, []
    while kills < MOST_KILLS:
        pid = forks.start("retain")
        time.sleep(chance.uniform(0.1, 1.5))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        forks.wait(pid)
        kills += 1
        session.rollback()
        left.append(session.scalar(sa.select(sa.func.count()).select_from(Contact)))
        if left[-1] < PEOPLE / 3:
            break
    forks.wait(forks.start("retain"))

    session.rollback()
    print(f"\n{PEOPLE} people, {kills} kills, left after each: {left}")
    assert session.scalars(sa.select(Contact.address)).all() == ["reste@ex.fr"]
    erased = sa.select(sa.func.count()).where(Respondent.erased_at.is_not(None))
    assert session.scalar(erased) == PEOPLE
    texts = sa.select(sa.func.count()).where(Answer.text == "Un mot")
    assert session.scalar(texts) == PEOPLE + 1
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 1
