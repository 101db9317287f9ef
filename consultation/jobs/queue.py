"""The queue: jobs are ordered, claimed by one worker at a time, run, and finished."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import (
    LEASE,
    Cancelled,
    LeaseLost,
    Tell,
    Telling,
    Ticket,
    WorkerStopping,
)
from consultation.logs import places

MOST_ATTEMPTS = 3
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 900, 3600))
"""How long a job waits after its first failure, its second, and so on; then always the last."""

ENDED = (JobStatus.DONE, JobStatus.FAILED)
UNDER_WAY = (JobStatus.QUEUED, JobStatus.RUNNING)

Run = Callable[[Session, Job, Tell], dict[str, Any]]

log = structlog.get_logger()


class JobRefused(Exception):
    """A job that no repeat would help; the message says why, in French, to who asked for it."""


@dataclass(frozen=True)
class _Kind:
    """How the jobs of one kind are run, and what follows."""

    run: Run
    ended: Callable[[Session, Job], object]
    discard: Callable[[dict[str, Any]], object]
    is_owed: bool

    def gives_up(self, job: Job) -> bool:
        """Say whether a job of this kind has been tried as often as it may be."""
        return job.attempts >= MOST_ATTEMPTS and not self.is_owed


_kinds: dict[str, _Kind] = {}


def register_job(
    kind: str,
    run: Run,
    *,
    ended: Callable[[Session, Job], object] = lambda session, job: None,
    discard: Callable[[dict[str, Any]], object] = lambda result: None,
    is_owed: bool = False,
) -> None:
    """Say how jobs of `kind` are run.

    `run(session, job, tell)` gets a copy of the row, detached; it may commit, and returns the
    result, which JSON must hold.  It calls `tell` with a step in French at least every few
    minutes: that renews the lease.  `ended(session, job)` is called in the transaction in which
    the job is done or has failed.  `discard(result)` takes back the result of a job that was
    cancelled, or taken over, while it ran.  What `is_owed` never fails for good: it is repeated,
    after pauses that grow, until it succeeds.
    """
    _kinds[kind] = _Kind(run, ended, discard, is_owed)


def enqueue(
    session: Session,
    kind: str,
    parameters: dict[str, Any],
    *,
    at: datetime,
    requested_by: int | None = None,
) -> Job:
    """Order a job for the worker, due at once.  Raise ValueError for a kind nobody registered."""
    if kind not in _kinds:
        raise ValueError(f"no job of kind {kind!r} is registered")
    job = Job(kind=kind, parameters=parameters, due_at=at, created_at=at, requested_by=requested_by)
    session.add(job)
    session.flush()
    return job


def cancel(session: Session, job_id: int, at: datetime) -> bool:
    """Cancel a job that waits or runs, to be called inside `writing`; say whether it did.

    One that runs stops at its next `tell`.
    """
    cancelled = session.scalar(
        sa.update(Job)
        .where(Job.id == job_id, Job.status.in_(UNDER_WAY))
        .values(status=JobStatus.CANCELLED, step=None, finished_at=at)
        .returning(Job.id)
    )
    return cancelled is not None


def run_due(session: Session, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Run the job that has waited longest and return 1, or 0 when none is due.

    Claiming and finishing are one transaction each, so that any number of workers may call this
    at once.  While `stopping` says yes, a job gives way at its next `tell` and waits again.
    """
    job = _claim(session)
    if job is None:
        return 0
    ticket = Ticket(job.id, job.attempts)
    try:
        result = _kinds[job.kind].run(session, job, Telling(session.get_bind(), ticket, stopping))
    except Cancelled:
        log.info("job cancelled", job=job.id, kind=job.kind)
    except LeaseLost:
        log.warning("job taken over", job=job.id, kind=job.kind)
    except Exception as error:  # noqa: BLE001 - whatever a job raises is that job's failure
        _give_up(session, job, ticket, error)
    else:
        if not _settle(session, ticket, status=JobStatus.DONE, result=result, finished_at=now()):
            _kinds[job.kind].discard(result)
    return 1


def _claim(session: Session) -> Job | None:
    """Return the next job, ours for the time of a lease, or None."""
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
        session.expunge(job)
    return job if is_ours else None


def _take(job: Job) -> bool:
    """Begin an attempt; say no when a job has killed as many workers as it may."""
    if _kinds[job.kind].gives_up(job):
        job.status, job.finished_at = JobStatus.FAILED, now()
        job.result = {"error": LeaseLost.__name__}
        log.error("job abandoned", job=job.id, kind=job.kind, attempt=job.attempts)
        return False
    job.status, job.due_at = JobStatus.RUNNING, now() + LEASE
    job.attempts += 1
    return True


def _give_up(session: Session, job: Job, ticket: Ticket, error: Exception) -> None:
    """Let a job that raised wait for its next attempt, or end here."""
    if isinstance(error, WorkerStopping):
        again = _Again(pause=timedelta(), attempts=job.attempts - 1)
        _settle(session, ticket, **again.values())
    elif isinstance(error, JobRefused) and not _kinds[job.kind].is_owed:
        _fail(session, ticket, {"refusal": str(error)})
    else:
        _report(job, error)
        if _kinds[job.kind].gives_up(job):
            _fail(session, ticket, {"error": type(error).__name__})
        else:
            pause = PAUSES[min(job.attempts, len(PAUSES)) - 1]
            again = _Again(pause=pause, attempts=job.attempts)
            _settle(session, ticket, **again.values())


@dataclass(frozen=True)
class _Again:
    """A job that waits once more."""

    pause: timedelta
    attempts: int

    def values(self) -> dict[str, Any]:
        return {
            "status": JobStatus.QUEUED,
            "due_at": now() + self.pause,
            "attempts": self.attempts,
            "step": None,
        }


def _fail(session: Session, ticket: Ticket, result: dict[str, Any]) -> None:
    _settle(session, ticket, status=JobStatus.FAILED, result=result, finished_at=now())


def _settle(session: Session, ticket: Ticket, **values: Any) -> bool:
    """Write how an attempt ended and say so, unless the job was cancelled or taken over."""
    settled = sa.update(Job).where(ticket.is_valid()).values(**values).returning(Job)
    with writing(session):
        job = session.scalar(settled, execution_options={"populate_existing": True})
        if job is not None and job.status in ENDED:
            _kinds[job.kind].ended(session, job)
    return job is not None


def _report(job: Job, error: Exception) -> None:
    log.error(
        "job failed",
        job=job.id,
        kind=job.kind,
        attempt=job.attempts,
        error=type(error).__name__,
        where=places(error),
    )
