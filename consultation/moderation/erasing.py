"""Erases characters for good: from the text, the write-ahead log, old workbooks and backups.

The characters are replaced by as many marks, so that every other range stays where it is.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import erasures
from consultation.database import wal_is_emptied
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.telling import Tell
from consultation.moderation import clustering
from consultation.moderation.models import Layer, ModeratedText, Redaction
from consultation.moderation.showing import COVER

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


def erase_ranges(
    session: Session, redactions: Sequence[Redaction], at: datetime, *, home: Path
) -> None:
    """Make covered ranges of one text final, and order that nothing keeps their characters."""
    if not redactions:
        return
    text = session.get_one(ModeratedText, redactions[0].answer_id)
    ranges = [(redaction.start, redaction.end) for redaction in redactions]
    erasures.note(home, KIND, at, text=text.public_id, ranges=ranges)
    _overwrite(session, text, ranges)
    for redaction in redactions:
        redaction.layer = Layer.ERASED
    session.flush()
    order_cleaning(session, at)


def order_cleaning(session: Session, at: datetime) -> None:
    """Order that no copy keeps what is erased at that moment, once for however much it is."""
    same = sa.select(Job.id).where(
        Job.kind == KIND, Job.status == JobStatus.QUEUED, Job.created_at == at
    )
    if session.scalar(same.limit(1)) is None:
        queue.enqueue(session, KIND, {"at": at.isoformat()}, at=at)


def replay(session: Session, entry: erasures.Entry, at: datetime) -> None:
    """Erase once more what a restored backup has brought back."""
    text = session.scalars(
        sa.select(ModeratedText).where(ModeratedText.public_id == entry["text"])
    ).one_or_none()
    if text is not None:
        _overwrite(session, text, [(start, end) for start, end in entry["ranges"]])


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


def _overwrite(session: Session, text: ModeratedText, ranges: Iterable[tuple[int, int]]) -> None:
    answer = text.answer
    signs = list(answer.text or "")
    for start, end in ranges:
        signs[start:end] = COVER * len(signs[start:end])
    answer.text = "".join(signs)
    session.flush()
    clustering.renew(session, text.answer_id)
