"""The promise survives `kill -9` of the whole server group, and a power cut of PostgreSQL."""

import random
import time

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.extensions import db
from consultation.mail import outbox
from consultation.mail.models import MessageStatus, OutboxMessage
from tests.faults.checking import check_all, check_exports
from tests.faults.visiting import Crowd

KILLS, KILLS_LONG = 12, 500
CUTS, CUTS_LONG = 2, 100
ACKED_A_KILL, ACKED_A_KILL_LONG = 1, 40  # the long run puts 20,000 thank-yous at stake
SEED = 20261124


def let_leases_end(session):
    """Let ten minutes pass for what killed workers had in hand."""
    session.rollback()
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.status == MessageStatus.SENDING)
        .values(next_attempt_at=now())
    )
    session.commit()


def wait_for_mail(session, seconds=600):
    end = time.monotonic() + seconds
    while outbox.oldest_waiting(session):
        session.rollback()
        assert time.monotonic() < end, "mail still waits"
        time.sleep(0.2)
    session.rollback()


def settle(crowd, session):
    """Let the visitors send again what they doubt, and all mail leave."""
    crowd.heal()
    let_leases_end(session)
    wait_for_mail(session)


def trouble(crowd, times, harm, *, pace):
    """Do harm so many times at random moments, on average not before `pace` thank-yous each."""
    chance = random.Random(SEED)
    for number in range(1, times + 1):
        time.sleep(chance.uniform(0.05, 0.6))
        crowd.wait_for(max(0, number * pace - crowd.thanked), seconds=300)
        harm()


@pytest.mark.timeout(3600)
def test_what_was_thanked_for_survives_killing_the_whole_group(
    server, session, history, tmp_path, database_url, is_long, recorded
):
    most = KILLS_LONG if database_url.startswith("sqlite") else CUTS_LONG
    kills, pace = (most, ACKED_A_KILL_LONG) if is_long else (KILLS, ACKED_A_KILL)

    def kill():
        server.kill()
        server.start()

    with Crowd(server, history) as crowd:
        trouble(crowd, kills, kill, pace=pace)
        crowd.wait_for(8)
    settle(crowd, session)

    figures = check_all(session, history, server.home)
    check_exports(session, tmp_path / "exports")
    recorded("R1 kill -9 of the whole group", {"kills": kills} | figures | {"seed": SEED})
    assert figures["acked"] >= kills * pace


@pytest.mark.only("postgresql")
@pytest.mark.timeout(3600)
def test_what_was_thanked_for_survives_cutting_the_power_of_postgresql(
    cluster, settings, make_server, history, is_long, recorded, request
):
    cuts = CUTS_LONG if is_long else CUTS
    settings["DATABASE_URL"] = cluster.url
    server = make_server(database_url=cluster.url)
    server.start()

    def cut():
        cluster.cut()
        cluster.start()
        crowd.wait_for(1)  # by the pool itself: nobody restarts the site

    with Crowd(server, history) as crowd:
        trouble(crowd, cuts, cut, pace=0)  # each cut waits for the next thank-you itself
        crowd.wait_for(8)
    session = request.getfixturevalue("session")
    settle(crowd, session)

    figures = check_all(session, history, server.home)
    recorded("R1 pg_ctl -m immediate stop", {"stops": cuts} | figures | {"seed": SEED})
    assert figures["acked"] >= cuts
    session.remove()
    db.engine.dispose()
