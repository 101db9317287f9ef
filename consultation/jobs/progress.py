"""What a running job holds: its ticket, and the means to say how far it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.jobs.models import Job, JobStatus

LEASE = timedelta(minutes=10)
SECONDS_BETWEEN_WRITES = 1.0
LONGEST_STEP = 100

Tell = Callable[[str], None]


class LeaseLost(Exception):
    """The job belongs to another worker: this one was silent for longer than its lease."""


class Cancelled(LeaseLost):
    """Somebody cancelled the job while it ran."""


class WorkerStopping(Exception):
    """The worker was asked to end while the job ran."""


@dataclass(frozen=True)
class Ticket:
    """One attempt at one job."""

    job_id: int
    attempt: int

    def is_valid(self) -> sa.ColumnElement[bool]:
        """Return the condition that the attempt is still the present one."""
        return sa.and_(
            Job.id == self.job_id,
            Job.status == JobStatus.RUNNING,
            Job.attempts == self.attempt,
        )


class Telling:
    """Writes a job's step and renews its lease, in a transaction apart from the job's own.

    May be called as often as one likes: it writes at most once a second.  Raise
    `WorkerStopping`, `Cancelled` and `LeaseLost`; a database too busy for a word of progress
    stops nothing.
    """

    def __init__(
        self, bind: sa.Engine | sa.Connection, ticket: Ticket, stopping: Callable[[], bool]
    ) -> None:
        self._bind, self._ticket, self._stopping = bind, ticket, stopping
        self._silent_until = 0.0

    def __call__(self, step: str) -> None:
        if self._stopping():
            raise WorkerStopping
        if time.monotonic() < self._silent_until:
            return
        try:
            self._write(step[:LONGEST_STEP])
        except StorageUnavailable:
            pass
        finally:
            self._silent_until = time.monotonic() + SECONDS_BETWEEN_WRITES

    def _write(self, step: str) -> None:
        renewal = (
            sa.update(Job)
            .where(self._ticket.is_valid())
            .values(step=step, due_at=now() + LEASE)
            .returning(Job.id)
        )
        with Session(self._bind) as session, writing(session):
            if session.scalar(renewal) is None:
                job = session.get(Job, self._ticket.job_id)
                raise Cancelled if job and job.status is JobStatus.CANCELLED else LeaseLost
