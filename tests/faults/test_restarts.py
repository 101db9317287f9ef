"""Restarts under load: nothing is lost, and whoever tries once more has an answer."""

import os
import signal
import statistics
import threading
import time

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from tests.faults.checking import check_all
from tests.faults.test_kill import wait_for_mail
from tests.faults.visiting import OUTAGES, Crowd

RESTARTS, HANG_UPS = 20, 50
MIGRATED_EVERY = 5  # restarts: so that the newest migration is made under load as well
LONGEST_OUTAGE = 1.0  # seconds


class Watch(threading.Thread):
    """Asks for a page all the time; `outages` says for how long none came."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.is_over, self.outages = server, threading.Event(), []

    def run(self):
        down_since = None
        while not self.is_over.wait(0.01):
            try:
                is_up = self.server.get("/healthz")[0] == 200
            except OUTAGES:
                is_up = False
            if not is_up:
                down_since = down_since or time.monotonic()
            elif down_since:
                self.outages.append(time.monotonic() - down_since)
                down_since = None


@pytest.fixture
def watch(server):
    watching = Watch(server)
    watching.start()
    yield watching
    watching.is_over.set()
    watching.join(60)


def go_back_one(database_url):
    """Undo the newest migration, as if this were an older release."""
    engine = sa.create_engine(database_url)
    command.downgrade(upgrade.config_for(engine), "-1")
    engine.dispose()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_twenty_restarts_under_load_lose_nothing_and_are_soon_over(
    server, session, history, watch, recorded, database_url
):
    with Crowd(server, history, clients=4) as crowd:
        for number in range(RESTARTS):
            crowd.wait_for(5)
            server.stop()
            if number % MIGRATED_EVERY == 0:
                go_back_one(database_url)
            server.start()
        crowd.wait_for(5)
    crowd.heal()
    wait_for_mail(session)

    figures = check_all(session, history, server.home)
    outages = watch.outages
    outage = {
        "median outage": f"{statistics.median(outages):.2f} s",
        "longest": f"{max(outages):.2f} s",
    }
    recorded("R7 TERM and start under load", {"restarts": RESTARTS} | outage | figures)
    assert statistics.median(outages) < LONGEST_OUTAGE


def children_of(server):
    """The processes that the site has at present; there is always one soon."""
    end = time.monotonic() + 10
    while not (found := [pid for pid in server.members() if pid != server.group]):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.mark.long
@pytest.mark.timeout(900)
def test_web_process_terminated_fifty_times_finishes_what_it_has_begun(
    server, session, history, watch, recorded
):
    """HUP ends the site, as a closed terminal does; to renew a process is to end it by TERM."""
    with Crowd(server, history, clients=4) as crowd:
        for number in range(HANG_UPS):
            crowd.wait_for(2)
            children = sorted(children_of(server))
            os.kill(children[number % len(children)], signal.SIGTERM)
        crowd.wait_for(5)
    crowd.heal()
    wait_for_mail(session)

    figures = check_all(session, history, server.home)
    recorded(
        "R7 processes renewed under load",
        {"renewed": HANG_UPS, "requests failed": history.counts.get("unknown", 0)} | figures,
    )
