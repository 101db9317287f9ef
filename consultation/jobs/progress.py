"""Progress of a running job: its attempt, its current step, the renewal of its lease."""

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

Report = Callable[[str], None]


class LeaseLost(Exception):
    """Another worker has taken the job over: this one let its lease end."""


class Cancelled(LeaseLost):
    """The job was cancelled while it ran."""


class WorkerStopping(Exception):
    """The worker was asked to end while the job ran."""


@dataclass(frozen=True)
class Attempt:
    """One attempt at one job."""

    job_id: int
    number: int

    @property
    def name(self) -> str:
        """Its name among those of all jobs."""
        return f"{self.job_id}-{self.number}"

    def is_current(self) -> sa.ColumnElement[bool]:
        """Return the SQL condition that no later attempt, cancellation or end has replaced it."""
        return sa.and_(
            Job.id == self.job_id,
            Job.status == JobStatus.RUNNING,
            Job.attempts == self.number,
        )


class ProgressReporter:
    """Records a job's current step and renews its lease, outside the job's own transaction.

    Writes at most once a second and ignores a busy database.  Raises `WorkerStopping`,
    `Cancelled` or `LeaseLost` when the job must not go on.
    """

    def __init__(
        self, bind: sa.Engine | sa.Connection, attempt: Attempt, stopping: Callable[[], bool]
    ) -> None:
        self._bind, self._attempt, self._stopping = bind, attempt, stopping
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
            .where(self._attempt.is_current())
            .values(step=step, due_at=now() + LEASE)
            .returning(Job.id)
        )
        with Session(self._bind) as session, writing(session):
            if session.scalar(renewal) is None:
                job = session.get(Job, self._attempt.job_id)
                raise Cancelled if job and job.status is JobStatus.CANCELLED else LeaseLost
