"""Exports whose worker is killed, or whose disk is full: whole files only, and work goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill as demo_fill
from consultation.exports.files import EXPORT_NAME
from consultation.exports.orders import jobs
from consultation.exports.orders.order import Order
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import LEASE
from consultation.questionnaires.models import Round
from consultation.spreadsheets.writer import Format
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.faults.server import ROOT
from tests.faults.visiting import Form
from tests.needing import lacking

KILLS, KILLS_LONG = 2, 60
SEED = 20261125
LONGEST = 1.5  # seconds of an export of the demonstration, and a bit


def order(session, format=Format.XLSX):
    session.rollback()
    code = session.scalars(sa.select(Round.code)).one()
    with writing(session):
        wanted = Order(code, format)
        return queue.enqueue(session, jobs.KIND, wanted.as_json(), at=now()).id


def stored(session, job_id):
    session.rollback()
    session.expire_all()
    return session.get(Job, job_id)


def wait_until(is_so, seconds=60):
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def start_worker(settings, app):
    """Start a worker that has imported everything, and let it begin."""
    told = {name: str(v) if isinstance(v, Path) else v for name, v in settings.items()}
    started = []

    def start():
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.export_worker", json.dumps(told)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(worker)
        assert worker.stdout.readline() == "ready\n"
        worker.stdin.write("go\n")
        worker.stdin.flush()
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGKILL)
        worker.wait(60)
        worker.stdin.close()
        worker.stdout.close()


def workbooks_in(folder):
    found = (
        [p for p in folder.iterdir() if EXPORT_NAME.fullmatch(p.name)] if folder.is_dir() else []
    )
    for path in found:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None, "half a file"
    return found


@pytest.mark.timeout(900)
def test_export_whose_worker_is_killed_is_never_half_there_and_is_made_again(
    app, session, start_worker, is_long, recorded
):
    kills = KILLS_LONG if is_long else KILLS
    chance, folder, in_the_middle = random.Random(SEED), app.config["EXPORTS_DIR"], 0
    with writing(session):
        demo_fill.fill(session, measures=20, responses=300, at=now())

    for _ in range(kills):
        job_id = order(session)
        worker = start_worker()
        wait_until(lambda job_id=job_id: stored(session, job_id).status is not JobStatus.QUEUED)
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(60)

        job = stored(session, job_id)
        whole_before = len(workbooks_in(folder))
        in_the_middle += job.status is JobStatus.RUNNING
        if job.status is JobStatus.RUNNING:
            assert jobs.OrderedExport(job, None).path(folder) is None
            session.execute(sa.update(Job).where(Job.id == job_id).values(due_at=now()))
            session.commit()
            assert queue.run_due(session) == 1
            assert len(workbooks_in(folder)) == whole_before + 1
        job = stored(session, job_id)
        assert job.status is JobStatus.DONE
        assert jobs.OrderedExport(job, None).path(folder).is_file()

    told = {"kills": kills, "in the middle": in_the_middle, "half files": 0, "seed": SEED}
    recorded("R12 kill -9 of an export", told)
    assert in_the_middle >= kills // 2


@pytest.mark.timeout(300)
def test_export_goes_on_seconds_after_its_worker_was_killed(app, session, make_server, recorded):
    folder = app.config["EXPORTS_DIR"]
    with writing(session):
        demo_fill.fill(session, measures=20, responses=300, at=now())
    server = make_server(EXPORTS_DIR=folder)
    server.start()
    worker = server.processes()[-1]
    job_id = order(session)
    wait_until(lambda: stored(session, job_id).status is JobStatus.RUNNING)

    os.kill(worker, signal.SIGKILL)
    killed_at = time.monotonic()
    wait_until(lambda: stored(session, job_id).finished_at is not None, LEASE.total_seconds() / 4)
    seconds = time.monotonic() - killed_at

    job = stored(session, job_id)
    assert (job.status, job.attempts) == (JobStatus.DONE, 2)
    assert [path.name for path in workbooks_in(folder)] == [job.result["file"]]
    recorded("R12 export after kill -9 of its worker", {"seconds": round(seconds, 1)})


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few pages, for exports."""
    if os.geteuid() != 0:
        lacking("only root can mount a small file system")
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture
def settings(settings, request):
    """Exports on the small disk, in the tests that have one."""
    if "small_disk" not in request.fixturenames:
        return settings
    return settings | {"EXPORTS_DIR": request.getfixturevalue("small_disk")}


def fill(place, left=0):
    """Take all the room but `left` bytes; return the file to remove."""
    ballast, room = place / "ballast", os.statvfs(place)
    ballast.write_bytes(b"\0" * (room.f_bavail * room.f_bsize - left))
    return ballast


@pytest.mark.parametrize("format", list(Format))
def test_export_that_fills_the_disk_is_refused_in_a_sentence_and_leaves_nothing(
    session, app, small_disk, format
):
    make_measure(session, "T7")
    opened = make_round(session)
    chance = random.Random(SEED)
    for _ in range(30):
        text = "".join(chance.choices("abcdefghij lmnop rstuv", k=10_000))
        respond(session, opened, "T7", {"suggestions": text})
    session.commit()
    ballast = fill(small_disk, left=96 * 1024)
    job_id = order(session, format)

    queue.run_due(session)

    job = stored(session, job_id)
    assert (job.status, job.attempts) == (JobStatus.FAILED, 1)
    assert job.result == {"refusal": jobs.NO_ROOM}
    assert list(small_disk.iterdir()) == [ballast]


def test_answering_goes_on_while_the_disk_of_exports_is_full(session, app, small_disk, make_server):
    server = make_server(EXPORTS_DIR=small_disk)
    server.start()
    ballast = fill(small_disk)
    form = Form(server, "/mesures/T7/contribuer", "Texte gardé")
    job_id = order(session)
    wait_until(lambda: stored(session, job_id).finished_at is not None)

    status, _code = form.send(server)
    refused = stored(session, job_id).result
    ballast.unlink()
    second_id = order(session)
    wait_until(lambda: stored(session, second_id).finished_at is not None)

    assert status == 303
    assert refused == {"refusal": jobs.NO_ROOM}
    assert stored(session, second_id).status is JobStatus.DONE
