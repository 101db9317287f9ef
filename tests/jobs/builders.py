"""Jobs of tests: kinds that do what a test says, and workers that run them."""

import threading
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.jobs import queue
from consultation.jobs.models import Job


def order(
    session, run, kind="probe", must_succeed=False, ended=lambda session, job: None, **parameters
):
    """Register `run` as the kind and order one job of it."""
    queue.register_job(kind, run, ended=ended, must_succeed=must_succeed)
    with writing(session):
        job = queue.enqueue(session, kind, parameters, at=now())
    return job.id


def stored(session, job_id):
    """Read the job again, whatever the session remembers."""
    session.rollback()
    return session.scalars(
        sa.select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    ).one()


@contextmanager
def another_session(session):
    with Session(session.get_bind()) as other:
        yield other


def side_by_side(*works):
    """Run each work in a thread of its own, all at once, and wait for them.

    What one of them raises is raised here.
    """
    barrier, failures = threading.Barrier(len(works)), []

    def run(work):
        barrier.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def beside(app, work):
    """The same work in a context of its own, as another worker would do it."""

    def run():
        with app.app_context():
            try:
                work(db.session())
            finally:
                db.session.remove()

    return run
