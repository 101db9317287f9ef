"""Cores of the processor: web processes keep to their share, what they start to none."""

import os
import subprocess
import sys

import pytest

from consultation import cores
from tests.faults.server import Server, wait_for

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"),
    reason="this system lets no process choose its cores, and the site does not try",
)
PROGRAM = "import os; print(sorted(os.sched_getaffinity(0)))"


@pytest.fixture
def usable(monkeypatch):
    """The cores of this process, one or more; it may use all again at the end."""
    monkeypatch.setattr(cores, "_every_core", set())
    every = os.sched_getaffinity(0)
    yield sorted(every)
    os.sched_setaffinity(0, every)


def of_child():
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_processes_divide_the_cores_between_them(usable):
    shares = []
    for number in range(len(usable)):
        os.sched_setaffinity(0, usable)
        cores.keep_to_share(number, len(usable))
        shares += os.sched_getaffinity(0)

    assert sorted(shares) == usable


def test_more_processes_than_cores_keep_to_none(usable):
    cores.keep_to_share(0, len(usable) + 1)

    assert sorted(os.sched_getaffinity(0)) == usable


def test_what_a_process_starts_may_use_every_core(usable):
    cores.keep_to_share(0, len(usable))
    with cores.on_every_core():
        inside = of_child()

    assert inside == str(usable)
    assert of_child() == str(usable[:1])
    assert os.sched_getaffinity(0) == {usable[0]}


@pytest.mark.only("sqlite")
def test_web_processes_of_a_site_keep_to_their_shares_and_the_worker_to_none(
    usable, tmp_path, keys_dir
):
    shares = [set(usable[::2]), set(usable[1::2] or usable)]
    site = Server(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite'}", KEYS_DIR=keys_dir)
    try:
        site.start()
        parent, *web, worker = site.processes()
        wait_for(lambda: list(map(os.sched_getaffinity, web)) == shares)
        others = [os.sched_getaffinity(pid) for pid in (parent, worker)]
    finally:
        site.close()

    assert others == [set(usable)] * 2
