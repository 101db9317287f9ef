"""The answer leaves after the disk has the response: seen from outside, by `strace`."""

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.visiting import PATH, Form
from tests.needing import lacking, program

pytestmark = pytest.mark.only("sqlite")  # PostgreSQL orders its own; cutting its power tries it
SENT, SENT_LONG = 10, 200
CALL = re.compile(r"^(\d+) +\S+ (pwrite64|fdatasync|fsync|sendto|sendmsg|write)\(\d+<([^>]*)>(.*)$")
WRITTEN, SYNCED, ANSWERED = "written", "synced", "answered"


@pytest.fixture
def traced(server, tmp_path):
    """A running site whose writes `strace` notes down; the path of what it notes."""
    log = tmp_path / "strace.log"
    watched = [option for pid in server.members() for option in ("-p", str(pid))]
    calls = "trace=pwrite64,fdatasync,fsync,sendto,sendmsg,write"
    tracer = subprocess.Popen(
        [program("strace"), "-f", "-y", "-ttt", "-s", "16", "-e", calls, "-o", log, *watched],
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(len(watched) // 2):
        if "attached" not in tracer.stderr.readline():
            tracer.kill()
            lacking("the right to trace a process, which a container may forbid")
    yield log
    tracer.terminate()
    tracer.wait(60)
    tracer.stderr.close()


def process_of(thread):
    """The process that a thread belongs to."""
    return re.search(r"^Tgid:\s+(\d+)", Path(f"/proc/{thread}/status").read_text(), re.M)[1]


def events_of(log):
    """What each process did in turn: wrote to the write-ahead log, synced it, answered 303."""
    found, of_thread = {}, {}
    for line in log.read_text(errors="replace").splitlines():
        call = CALL.match(line)
        if call is None:
            continue
        thread, name, place, rest = call.groups()
        kind = None
        if place.endswith("-wal"):
            kind = WRITTEN if name == "pwrite64" else SYNCED if "sync" in name else None
        elif "HTTP/1.1 303" in rest:
            kind = ANSWERED
        if kind:
            if thread not in of_thread:
                of_thread[thread] = process_of(thread)
            found.setdefault(of_thread[thread], []).append(kind)
    return found


def are_in_order(events):
    """Say of each answer whether what was written before it was synced after its last write."""
    verdicts, since = [], []
    for event in events:
        if event is not ANSWERED:
            since.append(event)
            continue
        verdicts.append(WRITTEN in since and since[-1] is SYNCED)
        since = []
    return verdicts


@pytest.mark.timeout(600)
def test_every_answer_leaves_after_the_log_of_the_database_is_on_the_disk(
    server, traced, is_long, recorded
):
    count = SENT_LONG if is_long else SENT

    for number in range(count):  # one after the other, so that each answer has its own writes
        assert Form(server, PATH, f"Texte {number}").post(server)[0] == 303
    time.sleep(0.5)

    verdicts = [said for events in events_of(traced).values() for said in are_in_order(events)]
    recorded("R3 fdatasync of the log before the 303", f"{sum(verdicts)}/{len(verdicts)}")
    assert len(verdicts) == count
    assert all(verdicts)
