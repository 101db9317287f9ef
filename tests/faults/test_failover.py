"""A standby takes the place of its primary under load, and the site finds it by itself."""

import itertools
import statistics
import time
from pathlib import Path

import pytest

from consultation.extensions import db
from tests.faults.checking import check_all
from tests.faults.cluster import Standby, make_folder, remove
from tests.faults.test_kill import settle
from tests.faults.visiting import Crowd

FAILOVERS = 20
ACKED = 15  # before each failover
APART = 0.5  # seconds in which the primary goes on alone, before it is lost
pytestmark = pytest.mark.only("postgresql")


class Pair:
    """A primary and its synchronous standby; the one that is lost is replaced where it was."""

    def __init__(self, primary, folder):
        self.folder, self.primary, self.numbers = folder, primary, itertools.count()
        self._add_standby(folder / "sockets")
        hosts = f"{primary.sockets},{self.standby.sockets}"
        self.url = f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=read-write"

    def _add_standby(self, sockets):
        place = self.folder / f"standby{next(self.numbers)}"
        self.standby = Standby(self.primary, place, sockets)

    def fail_over(self):
        """Cut the standby off, lose the primary a moment later, and promote the standby.

        Return when the primary was lost.
        """
        self.standby.disconnect()
        time.sleep(APART)
        lost_at = time.monotonic()
        self.primary.kill()
        self.standby.promote()
        return lost_at

    def make_whole(self):
        """Give the new primary a standby of its own, at the address of the lost one."""
        lost, self.primary = self.primary, self.standby
        self._add_standby(Path(lost.sockets))

    def close(self):
        for cluster in (self.standby, self.primary):
            cluster.close()


@pytest.fixture
def pair(cluster):
    folder = make_folder()
    made = Pair(cluster, folder)
    yield made
    made.close()
    remove(folder)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_what_was_thanked_for_survives_the_loss_of_the_primary(
    pair, settings, make_server, history, recorded, request
):
    settings["DATABASE_URL"] = pair.url
    server = make_server(database_url=pair.url)
    server.start()
    outages = []

    with Crowd(server, history) as crowd:
        for number in range(FAILOVERS):
            if number:
                pair.make_whole()
            crowd.wait_for(ACKED)
            lost_at = pair.fail_over()
            crowd.wait_for(1)  # by the addresses it has: nobody restarts the site
            outages.append(time.monotonic() - lost_at)
        crowd.wait_for(8)
    session = request.getfixturevalue("session")
    settle(crowd, session)

    figures = check_all(session, history, server.home)
    recorded(
        "Loss of the primary, its standby promoted",
        {"failovers": FAILOVERS, "median outage": f"{statistics.median(outages):.1f} s"} | figures,
    )
    assert figures["acked"] >= FAILOVERS * ACKED
    session.remove()
    db.engine.dispose()
