"""Erasure job: removes copies of erased data, then truncates the write-ahead log.

Other packages register what removes their copies, and files that no row refers to any more.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import purge_overwritten
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import Report

KIND = "erasure"
TRIES, PAUSE = 240, 1.0
"""How often, and every how many seconds, to wait for a reader of an older snapshot."""

Cleaner = Callable[[datetime], object]
Sweeper = Callable[[Session], object]

_cleaners: dict[str, Cleaner] = {}
_sweepers: dict[str, Sweeper] = {}


class StillRead(Exception):
    """A reader still holds an older snapshot, so the write-ahead log can't be truncated yet."""


def register_cleaner(what: str, cleaner: Cleaner) -> None:
    """Have the job call `cleaner(erased_at)`, which removes copies made before that moment."""
    _cleaners[what] = cleaner


def register_sweeper(what: str, sweeper: Sweeper) -> None:
    """Have the job call `sweeper`, which removes files that no row refers to any more."""
    _sweepers[what] = sweeper


def order(session: Session, at: datetime) -> None:
    """Enqueue the job for an erasure at `at`, once for all that this transaction erases.

    Copies made until now go too: the caller may have waited for its turn to write since `at`.
    """
    until = {"at": now().isoformat()}
    same = sa.update(Job).where(
        Job.kind == KIND, Job.status == JobStatus.QUEUED, Job.created_at == at
    )
    if session.scalar(same.values(parameters=until).returning(Job.id)) is None:
        queue.enqueue(session, KIND, until, at=at)


def run(session: Session, job: Job, report: Report) -> dict[str, Any]:
    """Remove older copies, then truncate the write-ahead log; raise `StillRead`."""
    erased_at = datetime.fromisoformat(job.parameters["at"])
    for clean in _cleaners.values():
        clean(erased_at)
    for sweep in _sweepers.values():
        sweep(session)
    for _ in range(TRIES):
        if purge_overwritten(session):
            return {"emptied": True}
        report("Une lecture en cours retarde la fin de l'effacement")
        time.sleep(PAUSE)
    raise StillRead


def last_erasure(snapshot: Session) -> int:
    """Return the id of the last erasure job that `snapshot` holds, 0 for none."""
    return snapshot.scalar(sa.select(sa.func.max(Job.id)).where(Job.kind == KIND)) or 0
