"""What the worker promises: it goes on."""

import threading
import time
from itertools import pairwise

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from consultation.jobs import worker
from consultation.jobs.models import JobStatus
from tests.jobs.builders import order, stored

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def only_our_tasks(monkeypatch):
    monkeypatch.setattr(worker, "_tasks", {})


def work_until(app, is_enough, seconds=20.0):
    """Let the worker work until something holds; say whether it came to that in time."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.work, args=(app, stop))
    thread.start()
    deadline = time.monotonic() + seconds
    while not is_enough() and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(60)
    assert not thread.is_alive(), "the worker did not stop"
    return is_enough()


def test_task_comes_round_again(app):
    times = []
    worker.register_task(worker.Task("probe", 0.2, lambda session: times.append(time.monotonic())))

    work_until(app, lambda: len(times) >= 4)

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) >= 3
    assert min(gaps) >= 0.19


def test_task_has_a_session_that_works(app):
    rows = []
    worker.register_task(
        worker.Task("probe", 60, lambda session: rows.append(session.scalar(sa.select(42))))
    )

    work_until(app, lambda: rows)

    assert rows == [42]


def test_raising_task_is_tried_again_after_growing_pauses(app):
    times = []

    def fail(session):
        times.append(time.monotonic())
        raise ValueError("Camille Martin")

    worker.register_task(worker.Task("probe", 0.1, fail))

    with capture_logs() as lines:
        work_until(app, lambda: len(times) >= 4)

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] > 0.19
    assert gaps[1] > 0.39
    assert gaps[2] > 0.79
    assert lines[0]["kind"] == "probe"
    assert "Camille" not in str(lines)


def test_failing_task_keeps_no_other_from_running(app):
    ran = []

    def fail(session):
        raise ValueError

    worker.register_task(worker.Task("broken", 0.05, fail))
    worker.register_task(worker.Task("sound", 0.05, lambda session: ran.append(True)))

    assert work_until(app, lambda: len(ran) >= 5)


def test_pause_of_a_failing_task_has_a_limit(app):
    turn = worker._Turn(worker.Task("probe", 2, lambda session: None))
    turn._failures = 1000

    assert turn._pause() == 60


def test_worker_runs_jobs(app, session):
    job_id = order(session, lambda session, job, report: {"done": True})

    work_until(app, lambda: stored(session, job_id).status is JobStatus.DONE)

    assert stored(session, job_id).result == {"done": True}


def test_long_job_delays_no_task(app, session):
    ran = []
    running = threading.Event()

    def run(session, job, report):
        running.set()
        while len(ran) < 5:
            time.sleep(0.02)
        return {}

    job_id = order(session, run)
    worker.register_task(
        worker.Task("probe", 0.05, lambda session: ran.append(1) if running.is_set() else None)
    )

    assert work_until(app, lambda: stored(session, job_id).status is JobStatus.DONE)


def test_long_job_gives_way_when_the_worker_stops(app, session):
    running = threading.Event()

    def run(session, job, report):
        while True:
            running.set()
            report("encore là")
            time.sleep(0.02)

    job_id = order(session, run)

    work_until(app, running.is_set)

    job = stored(session, job_id)
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)


def test_worker_outlives_a_database_that_is_away(app, session):
    tried, ran = [], []

    def use(session):
        tried.append(True)
        session.execute(sa.text("SELECT id FROM job"))
        ran.append(True)

    worker.register_task(worker.Task("probe", 0.1, use))
    with session.get_bind().begin() as connection:
        connection.execute(sa.text("ALTER TABLE job RENAME TO elsewhere"))
    session.rollback()

    def comes_back():
        if len(tried) == 2 and not ran:
            with session.get_bind().begin() as connection:
                connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO job"))
            tried.append(True)
        return bool(ran)

    assert work_until(app, comes_back)


def test_last_run_of_each_task_is_stored_with_its_failure_and_the_next(app, session):
    def fail(session):
        raise ValueError

    worker.register_task(worker.Task("good", 3600, lambda session: None))
    worker.register_task(worker.Task("bad", 3600, fail))
    worker.register_task(worker.Task("beat", 0.1, worker.beat))

    def are_stored():
        session.rollback()
        return {"good", "bad"} <= worker.last_runs(session).keys()

    assert work_until(app, are_stored)

    runs = worker.last_runs(session)
    assert runs["good"].failure is None
    assert runs["bad"].failure == "ValueError"
    assert (runs["good"].due_at - runs["good"].ended_at).total_seconds() == 3600


def test_later_run_replaces_the_earlier_one(app, session):
    worker.register_task(worker.Task("beat", 0.1, worker.beat))
    seen = set()

    def has_come_twice():
        session.rollback()
        session.expire_all()
        seen.update(run.ended_at for run in worker.last_runs(session).values())
        return len(seen) > 1

    assert work_until(app, has_come_twice)
