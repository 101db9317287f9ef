"""A disk that fails now and then: what was thanked for is stored, and a doubt is healed."""

import random
import subprocess
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.checking import check_all
from tests.faults.test_kill import settle
from tests.faults.visiting import Crowd
from tests.needing import program

SECONDS = 60
SEED = 20261124
SYNCS = 5  # one sync in so many fails
WRITES = 100  # one write in so many: a response takes about twenty
KILL_EVERY = 5  # seconds: what a failed sync has left in the log is then read again


@pytest.fixture
def bad_disk(tmp_path):
    """The library to load first, and the switch: a file that is there while the disk is bad."""
    library = tmp_path / "bad_disk.so"
    source = Path(__file__).with_name("bad_disk.c")
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-D_LARGEFILE64_SOURCE"]
    subprocess.run([program("gcc"), *flags, "-o", library, source, "-ldl"], check=True)
    return library, tmp_path / "switch"


@pytest.mark.only("sqlite")
@pytest.mark.long
@pytest.mark.timeout(900)
def test_disk_failing_now_and_then_loses_nothing_that_was_thanked_for(
    bad_disk, make_server, database_url, session, history, recorded
):
    library, switch = bad_disk
    told = {
        "FAULTS_PATH": sa.make_url(database_url).database, "FAULTS_SWITCH": str(switch),
        "FAULTS_SYNCS": str(SYNCS), "FAULTS_WRITES": str(WRITES), "FAULTS_SEED": str(SEED),
    }  # fmt: skip
    server = make_server(preload=library, environment=told)
    server.start()
    chance, kills = random.Random(SEED), 0
    ends_at = time.monotonic() + SECONDS

    with Crowd(server, history) as crowd:
        while time.monotonic() < ends_at:
            switch.touch()
            time.sleep(chance.uniform(1, KILL_EVERY))
            server.kill()
            switch.unlink()  # a site does not start on a disk that fails
            server.start()
            kills += 1
        crowd.wait_for(8)
    settle(crowd, session)

    figures = check_all(session, history, server.home)
    faults = {"syncs failing": f"1/{SYNCS}", "writes failing": f"1/{WRITES}", "kills": kills}
    recorded("R5 EIO and ENOSPC", faults | figures | {"seed": SEED})
    assert figures["refused"] + figures["doubts healed"] > 0
