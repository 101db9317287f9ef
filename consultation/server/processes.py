"""Processes: forked children, and the supervisor that starts them again."""

import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn, Self

from consultation.subprocesses import end_with

logger = logging.getLogger(__name__)

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
HEARD = (*STOPS, signal.SIGCHLD)
"""What a parent listens to."""


@dataclass(frozen=True)
class Child:
    """A process by its `name` in the log; `run` is its life: returning or raising ends it.

    TERM raises SystemExit in `run` until it puts a handler of its own.  Ctrl-C and a closed
    terminal are the parent's business, which turns them into TERM.
    """

    name: str
    run: Callable[[], None]


def fork(child: Child) -> int:
    """Return the pid of a new process that lives the child's life."""
    parent = os.getpid()
    _flush()  # else both processes write what is still in the buffers
    # A TERM that reached the child while it still had our handlers would be lost.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        pid = os.fork()
        if not pid:
            _live(child, parent, mask)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # a closed pipe, or no stream at all
            stream.flush()


def _live(child: Child, parent: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Live and end here: nothing of the parent's stack may run again in this process."""
    status = 1
    try:
        try:
            end_with(parent)
            _answer_to_parent_only()
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            child.run()
            status = 0
        except SystemExit as exception:
            status = exception.code if isinstance(exception.code, int) else bool(exception.code)
        except Exception:
            logger.exception("Le processus %s a échoué.", child.name)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            logging.shutdown()
            _flush()
    finally:
        os._exit(status)


def _answer_to_parent_only() -> None:
    """Undo the parent's handlers; a terminal's Ctrl-C, sent to us too, comes again as its TERM."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


SHORTEST_DELAY = 0.5  # seconds between a death and the restart
LONGEST_DELAY = 30.0
SETTLED = 60.0  # seconds of life after which a death costs the shortest delay again
ECHO = 0.5  # seconds: `make` repeats what the whole group was sent; that is no second wish


def supervise(
    children: Sequence[Child], *, grace: float = 20.0, listener: socket.socket | None = None
) -> int:
    """Fork the children and restart those that die, until TERM, INT or HUP ends them all.

    They then have `grace` seconds; a second signal ends them at once.  `listener` is closed in
    this process as the end begins, so that newcomers are refused instead of left waiting (a
    child that does not serve should close it too).  Return 0, or 1 when a child had to be
    killed.  To be called from the main thread, before the process has any other.
    """
    places = [_Place(child) for child in children]
    with _Ear() as ear:
        while not ear.told_to_stop:
            for place in places:
                place.tend()
            ear.wait(_until_next_start(places))
        if listener is not None:
            listener.close()
        return _end(places, ear, grace)


class _Ear:
    """What this process is told by signals; `wait` sleeps until the next one."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._stopped_at: float | None = None
        self.insisted = False

    @property
    def told_to_stop(self) -> bool:
        return self._stopped_at is not None

    def __enter__(self) -> Self:
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        # Under nohup, a closed terminal is to be ignored.
        heard = [each for each in HEARD if each != signal.SIGHUP or not _is_ignored(each)]
        self._before = {each: signal.signal(each, self._hear) for each in heard}
        return self

    def __exit__(self, *exception: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._reader.close()
        self._writer.close()

    def _hear(self, signum: int, frame: FrameType | None) -> None:
        if signum not in STOPS:
            return
        now = time.monotonic()
        if self._stopped_at is None:
            self._stopped_at = now
        elif now - self._stopped_at > ECHO:
            self.insisted = True

    def wait(self, seconds: float | None) -> None:
        if select.select([self._reader], [], [], seconds)[0]:
            self._reader.recv(4096)


def _is_ignored(signum: signal.Signals) -> bool:
    return signal.getsignal(signum) == signal.SIG_IGN


@dataclass
class _Place:
    """Where a child lives: its present process, or when the next one starts."""

    child: Child
    pid: int = 0  # nobody
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = SHORTEST_DELAY

    def tend(self) -> None:
        ended = self.poll()
        if ended is not None:
            self._postpone(_cause(ended), ended)
        if not self.pid and time.monotonic() >= self.due_at:
            self._start()

    def poll(self) -> int | None:
        """Return the exit code of a child that has just ended (-N: by signal N), else None."""
        if not self.pid:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def runs(self) -> bool:
        self.poll()
        return bool(self.pid)

    def send(self, signum: signal.Signals) -> None:
        if self.pid:
            os.kill(self.pid, signum)

    def _start(self) -> None:
        self.started_at = time.monotonic()
        try:
            self.pid = fork(self.child)
        except OSError as exception:
            self._postpone(f"il n'a pas pu naître : {exception.strerror}")

    def _postpone(self, cause: str, exit_code: int | None = None) -> None:
        now = time.monotonic()
        if exit_code == 0 or now - self.started_at >= SETTLED:  # told to end, or long at work
            self.delay = SHORTEST_DELAY
        logger.error(
            "Le processus %s s'est arrêté (%s) ; il redémarre dans %.1f s.",
            self.child.name,
            cause,
            self.delay,
        )
        self.due_at = now + self.delay
        self.delay = min(2 * self.delay, LONGEST_DELAY)


def _cause(exit_code: int) -> str:
    return f"signal {-exit_code}" if exit_code < 0 else f"code {exit_code}"


def _until_next_start(places: Sequence[_Place]) -> float | None:
    waits = [place.due_at - time.monotonic() for place in places if not place.pid]
    return max(0.0, min(waits)) if waits else None


def _end(places: Sequence[_Place], ear: _Ear, grace: float) -> int:
    deadline = time.monotonic() + grace
    for place in places:
        place.send(signal.SIGTERM)
    while running := [place for place in places if place.runs()]:
        left = deadline - time.monotonic()
        if ear.insisted or left <= 0:
            _kill(running)
            return 1
        ear.wait(left)
    return 0


def _kill(places: Sequence[_Place]) -> None:
    for place in places:
        logger.warning("Le processus %s est interrompu en plein travail.", place.child.name)
        place.send(signal.SIGKILL)
    for place in places:
        os.waitpid(place.pid, 0)
