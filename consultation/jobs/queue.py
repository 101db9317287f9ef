"""Job queue: enqueue, claim by one worker at a time, run, settle."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs import attempt_files
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import (
    LEASE,
    Attempt,
    Cancelled,
    LeaseLost,
    ProgressReporter,
    Report,
    WorkerStopping,
)
from consultation.logs import places

MOST_ATTEMPTS = 3
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 900, 3600))
"""How long a job waits after its first failure, its second, …; after that always the last."""

ENDED = (JobStatus.DONE, JobStatus.FAILED)
UNDER_WAY = (JobStatus.QUEUED, JobStatus.RUNNING)

Run = Callable[[Session, Job, Report], dict[str, Any]]

log = structlog.get_logger()


class JobRefused(Exception):
    """A repeat would not help the job; the message says why, in French, for who asked for it."""


@dataclass(frozen=True)
class _Kind:
    """A kind of job: how to run it, and what to do afterwards."""

    run: Run
    ended: Callable[[Session, Job], object]
    discard: Callable[[dict[str, Any]], object]
    must_succeed: bool

    def gives_up(self, job: Job) -> bool:
        return job.attempts >= MOST_ATTEMPTS and not self.must_succeed


_kinds: dict[str, _Kind] = {}


def register_job(
    kind: str,
    run: Run,
    *,
    ended: Callable[[Session, Job], object] = lambda session, job: None,
    discard: Callable[[dict[str, Any]], object] = lambda result: None,
    must_succeed: bool = False,
) -> None:
    """Register a kind of job.

    `run(session, job, report)` gets a copy of the row, detached; it may commit, and returns the
    result, which JSON must hold.  It calls `report` with a step in French at least every few
    minutes: that renews the lease.  `ended(session, job)` is called in the transaction in which
    the job is done or has failed.  `discard(result)` takes back the result of a job that was
    cancelled, or taken over, while it ran.  A kind that `must_succeed` never fails for good: it is
    repeated, after growing pauses, until it succeeds.
    """
    _kinds[kind] = _Kind(run, ended, discard, must_succeed)


def enqueue(
    session: Session,
    kind: str,
    parameters: dict[str, Any],
    *,
    at: datetime,
    requested_by: int | None = None,
) -> Job:
    """Add a job, due at once, in the caller's transaction; raise ValueError for an unknown kind."""
    if kind not in _kinds:
        raise ValueError(f"no job of kind {kind!r} is registered")
    job = Job(kind=kind, parameters=parameters, due_at=at, created_at=at, requested_by=requested_by)
    session.add(job)
    session.flush()
    return job


def cancel(session: Session, job_id: int, at: datetime) -> bool:
    """Cancel a job that waits or runs, inside `writing`; return whether there was one.

    A running job stops at its next `report`.
    """
    cancelled = session.scalar(
        sa.update(Job)
        .where(Job.id == job_id, Job.status.in_(UNDER_WAY))
        .values(status=JobStatus.CANCELLED, step=None, finished_at=at)
        .returning(Job.id)
    )
    return cancelled is not None


def latest(session: Session, kind: str) -> Job | None:
    """Return the last job of a kind that was asked for, or None."""
    query = sa.select(Job).where(Job.kind == kind).order_by(Job.created_at.desc(), Job.id.desc())
    return session.scalar(query.limit(1))


_ATTEMPT = re.compile(r"(\d{1,19})-(\d{1,9})")
"""The name of an attempt, as `Attempt` gives it."""


class WorkerDied(Exception):
    """The worker that ran the job has died, or could not store how it ended."""


def give_up_left_behind(session: Session, home: Path) -> None:
    """End the attempts whose end was not stored, as if they had failed."""
    for left in attempt_files.left_behind(home, _ATTEMPT):
        attempt = Attempt(int(left.name[1]), int(left.name[2]))
        job = session.scalar(sa.select(Job).where(attempt.is_current(), Job.kind.in_(_kinds)))
        if job is not None:
            session.expunge(job)
        session.rollback()
        if job is not None:
            _give_up(session, job, attempt, WorkerDied())


def run_due(
    session: Session, *, home: Path | None = None, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Run the job that has been due longest and return 1, or 0 when none is due.

    Claiming and settling are one transaction each, so any number of workers may call this at once.
    While `stopping()` is true, a job stops at its next `report` and waits for its next attempt.
    In the folder `home`, other workers see whether this one lives.
    """
    with ExitStack() as held:
        job = _claim(session, home, held)
        if job is None:
            return 0
        _run(session, job, Attempt(job.id, job.attempts), stopping)
    return 1


def _run(session: Session, job: Job, attempt: Attempt, stopping: Callable[[], bool]) -> None:
    """Run an attempt to its end, and settle it."""
    try:
        report = ProgressReporter(session.get_bind(), attempt, stopping)
        result = _kinds[job.kind].run(session, job, report)
    except Cancelled:
        log.info("job cancelled", job=job.id, kind=job.kind)
    except LeaseLost:
        log.warning("job taken over", job=job.id, kind=job.kind)
    except Exception as error:  # noqa: BLE001 - whatever a job raises is that job's failure
        _give_up(session, job, attempt, error)
    else:
        if not _settle(session, attempt, status=JobStatus.DONE, result=result, finished_at=now()):
            _kinds[job.kind].discard(result)


def _claim(session: Session, home: Path | None, held: ExitStack) -> Job | None:
    """Return the next due job, leased to this worker and `held` before others see it, or None."""
    due = (
        sa.select(Job)
        .where(
            Job.kind.in_(_kinds),
            Job.status.in_(UNDER_WAY),
            Job.due_at <= now(),
        )
        .order_by(Job.due_at, Job.id)
        .limit(1)
    )
    if session.scalar(due.with_only_columns(Job.id)) is None:
        session.rollback()
        return None
    with writing(session):
        job = session.scalar(due.with_for_update(skip_locked=True))
        if job is None:
            return None
        is_ours = _take(job)
        session.flush()
        if not is_ours:
            _kinds[job.kind].ended(session, job)
        elif home:
            held.enter_context(attempt_files.held(home, Attempt(job.id, job.attempts).name))
        session.expunge(job)
    return job if is_ours else None


def _take(job: Job) -> bool:
    """Begin an attempt; return False when the job has killed as many workers as it may."""
    if _kinds[job.kind].gives_up(job):
        job.status, job.finished_at = JobStatus.FAILED, now()
        job.result = {"error": LeaseLost.__name__}
        log.error("job abandoned", job=job.id, kind=job.kind, attempt=job.attempts)
        return False
    job.status, job.due_at = JobStatus.RUNNING, now() + LEASE
    job.attempts += 1
    return True


def _give_up(session: Session, job: Job, attempt: Attempt, error: Exception) -> None:
    """Put a job that raised back into the queue, or end it as failed."""
    if isinstance(error, WorkerStopping):
        retry = _Retry(pause=timedelta(), attempts=job.attempts - 1)
        _settle(session, attempt, **retry.values())
    elif isinstance(error, JobRefused) and not _kinds[job.kind].must_succeed:
        _fail(session, attempt, {"refusal": str(error)})
    else:
        _log_failure(job, error)
        if _kinds[job.kind].gives_up(job):
            _fail(session, attempt, {"error": type(error).__name__})
        else:
            pause = PAUSES[min(job.attempts, len(PAUSES)) - 1]
            retry = _Retry(pause=pause, attempts=job.attempts)
            _settle(session, attempt, **retry.values())


@dataclass(frozen=True)
class _Retry:
    """The values of a job that goes back into the queue."""

    pause: timedelta
    attempts: int

    def values(self) -> dict[str, Any]:
        return {
            "status": JobStatus.QUEUED,
            "due_at": now() + self.pause,
            "attempts": self.attempts,
            "step": None,
        }


def _fail(session: Session, attempt: Attempt, result: dict[str, Any]) -> None:
    _settle(session, attempt, status=JobStatus.FAILED, result=result, finished_at=now())


def _settle(session: Session, attempt: Attempt, **values: Any) -> bool:
    """Store how an attempt ended; return False if the job was cancelled or taken over."""
    settled = sa.update(Job).where(attempt.is_current()).values(**values).returning(Job)
    with writing(session):
        job = session.scalar(settled, execution_options={"populate_existing": True})
        if job is not None and job.status in ENDED:
            _kinds[job.kind].ended(session, job)
    return job is not None


def _log_failure(job: Job, error: Exception) -> None:
    log.error(
        "job failed",
        job=job.id,
        kind=job.kind,
        attempt=job.attempts,
        error=type(error).__name__,
        where=places(error),
    )
