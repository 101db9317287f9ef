"""The job that ends an erasure: no copy, file or log keeps what was overwritten."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import wal_is_emptied
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import Tell

KIND = "erasure"
TRIES, PAUSE = 240, 1.0
"""How often, and every how many seconds, a reader who delays the end is waited for."""

Cleaner = Callable[[datetime], object]
Sweeper = Callable[[Session], object]

_cleaners: list[Cleaner] = []
_sweepers: dict[str, Sweeper] = {}


class StillRead(Exception):
    """Somebody still reads an earlier moment of the database: the log can't be emptied yet."""


def register_cleaner(cleaner: Cleaner) -> None:
    """Let `cleaner` remove the copies that were made before an erasure."""
    _cleaners.append(cleaner)


def register_sweeper(what: str, sweeper: Sweeper) -> None:
    """Let `sweeper` remove the files, named by `what` they are, that the database lets go of."""
    _sweepers[what] = sweeper


def order(session: Session, at: datetime) -> None:
    """Order that no copy keeps what is erased at that moment, once for however much it is.

    Copies made until now go: since `at`, whoever erases may have waited for their turn to write.
    """
    until = {"at": now().isoformat()}
    same = sa.update(Job).where(
        Job.kind == KIND, Job.status == JobStatus.QUEUED, Job.created_at == at
    )
    if session.scalar(same.values(parameters=until).returning(Job.id)) is None:
        queue.enqueue(session, KIND, until, at=at)


def run(session: Session, job: Job, tell: Tell) -> dict[str, Any]:
    """Remove older copies, then empty the write-ahead log; raise `StillRead`."""
    erased_at = datetime.fromisoformat(job.parameters["at"])
    for clean in _cleaners:
        clean(erased_at)
    for sweep in _sweepers.values():
        sweep(session)
    for _ in range(TRIES):
        if wal_is_emptied(session):
            return {"emptied": True}
        tell("Une lecture en cours retarde la fin de l'effacement")
        time.sleep(PAUSE)
    raise StillRead


def last_erasure(instant: Session) -> int:
    """Return which erasure was the last that `instant` knows of: its job's number, 0 for none."""
    return instant.scalar(sa.select(sa.func.max(Job.id)).where(Job.kind == KIND)) or 0
