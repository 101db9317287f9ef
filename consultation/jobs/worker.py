"""Worker loop: runs jobs and periodic tasks, and writes a heartbeat.

`consultation doctor` reads the heartbeat; the page of the state of the site, the last runs.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.inserts import insert_once
from consultation.extensions import db
from consultation.jobs.models import TaskRun, WorkerHeartbeat
from consultation.jobs.queue import give_up_left_behind, run_due
from consultation.logs import places

LONGEST_SLEEP = 1.0  # seconds
LONGEST_PAUSE = 60.0  # seconds that a failing task waits, unless it comes round less often
MOST_DOUBLINGS = 12
LONGEST_FAILURE = 80

log = structlog.get_logger()


class Application(Protocol):
    """What the worker needs of the application."""

    @property
    def config(self) -> Mapping[str, Any]:
        """Return its settings."""

    def app_context(self) -> AbstractContextManager[object]:
        """Bind the database for the time of a block."""


@dataclass(frozen=True)
class Task:
    """A periodic task of the worker; `run` commits its own units of work.

    A task that waits for other servers has its own thread, so that it delays no other task.
    """

    name: str
    every_seconds: float
    run: Callable[[Session], object]
    has_own_thread: bool = False


_tasks: dict[str, Task] = {}
_runs: dict[str, dict[str, Any]] = {}
"""The last run of each task, by its name, which the heartbeat stores."""
_stops: dict[str, threading.Event] = {}


def register_task(task: Task) -> None:
    """Register a task, replacing any of the same name."""
    _tasks[task.name] = task


def task_names() -> Sequence[str]:
    return tuple(_tasks)


def is_ending() -> bool:
    """Return whether the worker is stopping: a long task asks this between its units of work."""
    stop = _stops.get("work")
    return stop is not None and stop.is_set()


def work(app: Application, stop: threading.Event) -> None:
    """Run the registered tasks and due jobs until `stop` is set.

    Jobs have one thread, and some tasks their own: a large export delays no mail, a silent mail
    server no export.  A task that raises is logged and repeated after a growing pause; no
    exception ends the loop, not even an unreachable database.
    """
    _stops["work"] = stop
    _runs.clear()
    threaded = [Task("jobs", LONGEST_SLEEP, partial(_run_jobs, app.config["HOME"], stop))]
    threaded += [task for task in _tasks.values() if task.has_own_thread]
    threads = [
        threading.Thread(target=_repeat, args=(app, [task], stop), name=task.name)
        for task in threaded
    ]
    for thread in threads:
        thread.start()
    try:
        _repeat(app, [task for task in _tasks.values() if not task.has_own_thread], stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        _stops.pop("work", None)


def _run_jobs(home: Path, stop: threading.Event, session: Session) -> None:
    give_up_left_behind(session, home)
    while not stop.is_set() and run_due(session, home=home, stopping=stop.is_set):
        pass


def _repeat(app: Application, tasks: Iterable[Task], stop: threading.Event) -> None:
    turns = [_Turn(task) for task in tasks]
    while not stop.is_set():
        for turn in turns:
            if turn.is_due() and not stop.is_set():
                turn.take(app)
        stop.wait(min([LONGEST_SLEEP, *(turn.seconds_left() for turn in turns)]))


class _Turn:
    """When a task is next due, and its failures since its last success."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._due_at = 0.0
        self._failures = 0

    def is_due(self) -> bool:
        return not self.seconds_left()

    def seconds_left(self) -> float:
        return max(0.0, self._due_at - time.monotonic())

    def take(self, app: Application) -> None:
        failure = None
        try:
            with app.app_context():
                self._task.run(db.session())
            self._failures = 0
        except Exception as error:  # noqa: BLE001 - the loop outlives whatever a task raises
            self._failures += 1
            failure = type(error).__name__[:LONGEST_FAILURE]
            _log_failure(self._task, error)
        pause, ended_at = self._pause(), now()
        self._due_at = time.monotonic() + pause
        _runs[self._task.name] = {
            "ended_at": ended_at,
            "due_at": ended_at + timedelta(seconds=pause),
            "failure": failure,
        }

    def _pause(self) -> float:
        every = self._task.every_seconds
        grown = every * 2.0 ** min(self._failures, MOST_DOUBLINGS)
        return max(every, min(grown, LONGEST_PAUSE))


def _log_failure(task: Task, error: Exception) -> None:
    log.error("task failed", kind=task.name, error=type(error).__name__, where=places(error))


NAME = "worker"
EVERY_SECONDS = 60
HEARTBEAT_TIMEOUT = timedelta(minutes=5)  # a long task delays the heartbeat


def task() -> Task:
    return Task("sign", EVERY_SECONDS, beat)  # the name that logs have had so far


def beat(session: Session) -> None:
    """Store the heartbeat and the last runs of tasks, in a transaction of their own."""
    at = now()
    with writing(session):
        if insert_once(session, WorkerHeartbeat, {"name": NAME, "seen_at": at}) is None:
            session.execute(sa.update(WorkerHeartbeat).values(seen_at=at))
        for name, run in sorted(_runs.copy().items()):
            if insert_once(session, TaskRun, {"name": name, **run}) is None:
                session.execute(sa.update(TaskRun).where(TaskRun.name == name).values(run))


def last_runs(session: Session) -> Mapping[str, TaskRun]:
    """Return the last run of each task that ever ended, by its name."""
    return {run.name: run for run in session.scalars(sa.select(TaskRun))}


def last_heartbeat(session: Session) -> datetime | None:
    return session.scalar(sa.select(sa.func.max(WorkerHeartbeat.seen_at)))


def is_worker_down(session: Session, at: datetime) -> bool:
    last = last_heartbeat(session)
    return last is None or at - last > HEARTBEAT_TIMEOUT
