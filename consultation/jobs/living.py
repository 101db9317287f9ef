"""The sign of life of the worker, by which `doctor` knows that somebody sends and erases."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.database import writing
from consultation.inserting import insert_once
from consultation.jobs.models import WorkerSign
from consultation.jobs.worker import Task

NAME = "worker"
EVERY_SECONDS = 60
PATIENCE = timedelta(minutes=5)
"""How long no sign means nothing: a task may keep the worker from giving it."""


def task() -> Task:
    """Return the worker's task of giving a sign."""
    return Task("sign", EVERY_SECONDS, sign)


def sign(session: Session) -> None:
    """Note that a worker lives.  It commits its own unit of work."""
    at = now()
    with writing(session):
        if insert_once(session, WorkerSign, {"name": NAME, "seen_at": at}) is None:
            session.execute(sa.update(WorkerSign).values(seen_at=at))


def last_sign(session: Session) -> datetime | None:
    """Return when a worker last gave a sign, or None if none ever did."""
    return session.scalar(sa.select(sa.func.max(WorkerSign.seen_at)))


def is_silent(session: Session, at: datetime) -> bool:
    """Say whether no worker seems to live."""
    last = last_sign(session)
    return last is None or at - last > PATIENCE
