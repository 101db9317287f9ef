"""What becomes of a job whose worker is killed: the next worker knows at once."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.jobs import attempt_files, queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import LEASE, Attempt
from tests.jobs.builders import order, stored

pytestmark = pytest.mark.database

ANY = re.compile(".*")
HOLDER = """
import sys
from pathlib import Path
from consultation.jobs import attempt_files

with attempt_files.held(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start_holder(tmp_path):
    """Start a process that holds an attempt as the worker that runs it does."""
    started = []

    def start(job):
        told = [str(tmp_path), Attempt(job.id, job.attempts).name]
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, *told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(holder)
        assert holder.stdout.readline() == "held\n"
        return holder

    yield start
    for holder in started:
        holder.kill()
        holder.wait(60)
        holder.stdin.close()
        holder.stdout.close()


def begun(session, attempts=1, run=lambda session, job, report: {"made": "again"}):
    """A job that another worker has begun just now."""
    job_id = order(session, run)
    values = {"status": JobStatus.RUNNING, "attempts": attempts, "due_at": now() + LEASE}
    with writing(session):
        session.execute(sa.update(Job).where(Job.id == job_id).values(**values))
    return stored(session, job_id)


def due_now(session, job_id):
    with writing(session):
        session.execute(sa.update(Job).where(Job.id == job_id).values(due_at=now()))


def test_job_of_a_killed_worker_begins_again_within_seconds(session, tmp_path, start_holder):
    job = begun(session)
    holder = start_holder(job)
    holder.kill()
    holder.wait(60)

    queue.give_up_left_behind(session, tmp_path)

    left = stored(session, job.id)
    assert (left.status, left.attempts, left.step) == (JobStatus.QUEUED, 1, None)
    assert left.due_at - now() <= queue.PAUSES[0]
    due_now(session, job.id)
    assert queue.run_due(session, home=tmp_path) == 1
    assert stored(session, job.id).result == {"made": "again"}
    assert list((tmp_path / attempt_files.FOLDER).iterdir()) == []


def test_job_of_a_living_worker_is_left_to_it(session, tmp_path, start_holder):
    job = begun(session)
    start_holder(job)

    queue.give_up_left_behind(session, tmp_path)

    left = stored(session, job.id)
    assert (left.status, left.attempts) == (JobStatus.RUNNING, 1)
    assert left.due_at - now() > LEASE - timedelta(minutes=1)
    assert queue.run_due(session, home=tmp_path) == 0


def test_job_that_has_killed_three_workers_has_failed(session, tmp_path, start_holder):
    job = begun(session, attempts=queue.MOST_ATTEMPTS)
    holder = start_holder(job)
    holder.kill()
    holder.wait(60)

    queue.give_up_left_behind(session, tmp_path)

    left = stored(session, job.id)
    assert (left.status, left.result) == (JobStatus.FAILED, {"error": "WorkerDied"})


def test_replaced_attempt_changes_nothing(session, tmp_path, start_holder):
    job = begun(session)
    holder = start_holder(job)
    with writing(session):
        session.execute(sa.update(Job).values(attempts=2))
    holder.kill()
    holder.wait(60)

    queue.give_up_left_behind(session, tmp_path)

    left = stored(session, job.id)
    assert (left.status, left.attempts) == (JobStatus.RUNNING, 2)


def test_job_is_locked_while_it_runs_and_no_longer(session, tmp_path):
    held = []

    def run(session, job, report):
        held.extend(path.name for path in (tmp_path / attempt_files.FOLDER).iterdir())
        held.append(list(attempt_files.left_behind(tmp_path, ANY)))
        return {}

    job_id = order(session, run)

    queue.run_due(session, home=tmp_path)

    assert held == [f"{job_id}-1", []]
    assert list((tmp_path / attempt_files.FOLDER).iterdir()) == []


def test_job_whose_end_could_not_be_stored_begins_again_within_seconds(session, tmp_path):
    def lose_the_database(session, job):
        raise StorageUnavailable

    job_id = order(session, lambda session, job, report: {}, ended=lose_the_database)
    with pytest.raises(StorageUnavailable):
        queue.run_due(session, home=tmp_path)
    assert stored(session, job_id).status is JobStatus.RUNNING

    queue.give_up_left_behind(session, tmp_path)

    left = stored(session, job_id)
    assert (left.status, left.attempts) == (JobStatus.QUEUED, 1)
    assert left.due_at - now() <= queue.PAUSES[0]
    assert list((tmp_path / attempt_files.FOLDER).iterdir()) == []


def test_job_runs_where_no_file_can_be_made(session, tmp_path):
    (tmp_path / attempt_files.FOLDER).write_bytes(b"")
    job_id = order(session, lambda session, job, report: {"done": True})

    queue.give_up_left_behind(session, tmp_path)
    queue.run_due(session, home=tmp_path)

    assert stored(session, job_id).result == {"done": True}
    assert list(attempt_files.left_behind(tmp_path, ANY)) == []
    with attempt_files.held(tmp_path, "1-1"):
        pass
