"""Worker: its loop, its periodic tasks, and the heartbeat that `doctor` reads."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.inserts import insert_once
from consultation.extensions import db
from consultation.jobs.models import WorkerSign
from consultation.jobs.queue import run_due
from consultation.logs import places

LONGEST_SLEEP = 1.0  # seconds
LONGEST_PAUSE = 60.0  # seconds that a failing task waits, unless it comes round less often
MOST_DOUBLINGS = 12

log = structlog.get_logger()


class Application(Protocol):
    """What the worker needs of the application."""

    def app_context(self) -> AbstractContextManager[object]:
        """Bind the database for the time of a block."""


@dataclass(frozen=True)
class Task:
    """What the worker does every so many seconds; `run` commits its own units of work.

    One that waits for strangers runs `apart`, in a thread of its own: it delays no other.
    """

    name: str
    every_seconds: float
    run: Callable[[Session], object]
    apart: bool = False


_tasks: dict[str, Task] = {}
_stops: dict[str, threading.Event] = {}


def register_task(task: Task) -> None:
    """Give the worker a task, in place of any other of that name."""
    _tasks[task.name] = task


def is_ending() -> bool:
    """Say whether the worker was told to end, for a task that may go on for long."""
    stop = _stops.get("work")
    return stop is not None and stop.is_set()


def work(app: Application, stop: threading.Event) -> None:
    """Do the registered tasks and the waiting jobs until `stop` is set.

    Jobs have their own thread, and so has each task apart: a large export delays no mail, a silent
    mail server no export.  A task that raises is logged and tried again after a pause that grows;
    nothing that it may raise ends the loop, a database out of reach included.
    """
    _stops["work"] = stop
    apart = [Task("jobs", LONGEST_SLEEP, partial(_run_jobs, stop))]
    apart += [task for task in _tasks.values() if task.apart]
    threads = [
        threading.Thread(target=_repeat, args=(app, [task], stop), name=task.name) for task in apart
    ]
    for thread in threads:
        thread.start()
    try:
        _repeat(app, [task for task in _tasks.values() if not task.apart], stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        _stops.pop("work", None)


def _run_jobs(stop: threading.Event, session: Session) -> None:
    while not stop.is_set() and run_due(session, stopping=stop.is_set):
        pass


def _repeat(app: Application, tasks: Iterable[Task], stop: threading.Event) -> None:
    turns = [_Turn(task) for task in tasks]
    while not stop.is_set():
        for turn in turns:
            if turn.is_due() and not stop.is_set():
                turn.take(app)
        stop.wait(min([LONGEST_SLEEP, *(turn.seconds_left() for turn in turns)]))


class _Turn:
    """When a task is next due, and how often it has failed since it last succeeded."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._due_at = 0.0
        self._failures = 0

    def is_due(self) -> bool:
        return not self.seconds_left()

    def seconds_left(self) -> float:
        return max(0.0, self._due_at - time.monotonic())

    def take(self, app: Application) -> None:
        try:
            with app.app_context():
                self._task.run(db.session())
            self._failures = 0
        except Exception as error:  # noqa: BLE001 - the loop outlives whatever a task raises
            self._failures += 1
            _report(self._task, error)
        self._due_at = time.monotonic() + self._pause()

    def _pause(self) -> float:
        every = self._task.every_seconds
        grown = every * 2.0 ** min(self._failures, MOST_DOUBLINGS)
        return max(every, min(grown, LONGEST_PAUSE))


def _report(task: Task, error: Exception) -> None:
    log.error("task failed", kind=task.name, error=type(error).__name__, where=places(error))


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
