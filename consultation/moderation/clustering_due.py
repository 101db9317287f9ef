"""The worker's part in finding near-duplicates: batch after batch of texts not yet compared."""

import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.database import writing
from consultation.jobs.worker import Task
from consultation.moderation import clustering
from consultation.moderation.models import ModeratedText

EVERY_SECONDS = 20
BATCH = 200
"""Texts of one transaction at most."""

FIRST_BATCH = 20
LONGEST_HOLD = 0.1
"""Seconds that a transaction is to take: on SQLite, nobody else can write meanwhile."""

LONGEST_TURN = 10.0
"""Seconds that the worker goes on: it has other things to do, and comes back."""


def cluster_due(session: Session, *, seconds: float = LONGEST_TURN) -> int:
    """Compare the texts that wait for it, oldest first; return how many were.

    Any number of workers may call this at once: each batch is alone with the clusters.
    """
    until, total, size = time.monotonic() + seconds, 0, FIRST_BATCH
    while _is_due(session):
        began = time.monotonic()
        total += _place_batch(session, size)
        took = time.monotonic() - began
        if began + took > until:
            break
        size = max(1, min(BATCH, int(size * LONGEST_HOLD / took)))
        # SQLite is not fair: one who writes again at once keeps others waiting for seconds.
        time.sleep(took)
    return total


def _is_due(session: Session) -> bool:
    """Look without writing, so that an idle worker holds up nobody."""
    waits = session.scalar(_due().limit(1)) is not None
    session.rollback()
    return waits


def _place_batch(session: Session, size: int) -> int:
    with writing(session):
        clustering.alone(session)
        answer_ids = session.scalars(_due().limit(size)).all()
        clustering.place(session, answer_ids, now())
    return len(answer_ids)


def _due() -> sa.Select[int]:
    return (
        sa.select(ModeratedText.answer_id)
        .where(ModeratedText.clustered_at.is_(None))
        .order_by(ModeratedText.answer_id)
    )


def task() -> Task:
    """Return what the worker does; apart, since a flood of texts would delay mail."""
    return Task("clusters", EVERY_SECONDS, cluster_due, apart=True)
