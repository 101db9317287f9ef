"""Process supervisor: forks children and restarts those that die."""

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
HANDLED = (*STOPS, signal.SIGCHLD)
"""The signals that a supervisor handles."""


@dataclass(frozen=True)
class Child:
    """A child process: its name in the log, and the function that it runs.

    TERM raises SystemExit in `run` until it sets a handler of its own.  The parent turns Ctrl-C
    and a closed terminal into TERM.
    """

    name: str
    run: Callable[[], None]


def fork(child: Child) -> int:
    parent = os.getpid()
    _flush()  # else both processes write what is in the buffers
    # A TERM that reached the child while it still had our handlers would be lost.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    try:
        pid = os.fork()
        if not pid:
            _run(child, parent, mask)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # a closed pipe, or no stream at all
            stream.flush()


def _run(child: Child, parent: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Run the child and exit: nothing of the parent's stack may run in this process."""
    status = 1
    try:
        try:
            end_with(parent)
            _reset_signals()
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


def _reset_signals() -> None:
    """Undo the parent's handlers; Ctrl-C, sent to the whole group, comes again as its TERM."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


SHORTEST_DELAY = 0.5  # seconds between a death and the restart
LONGEST_DELAY = 30.0
STABLE_AFTER = 60.0  # seconds of life after which the delay is the shortest again
ECHO_SECONDS = 0.5  # `make` repeats a signal to the group: that is no second request


def supervise(
    children: Sequence[Child], *, grace: float = 20.0, listener: socket.socket | None = None
) -> int:
    """Fork the children and restart those that die, until TERM, INT or HUP ends them all.

    They then have `grace` seconds; a second signal kills them at once.  `listener` is closed here
    as the end begins, so that new visitors are refused instead of left waiting; a child that does
    not serve should close it too.  Returns 0, or 1 if a child had to be killed.  Call it from the
    main thread, before there is any other.
    """
    slots = [_ChildSlot(child) for child in children]
    with _SignalWaiter() as signals:
        while not signals.stop_requested:
            for slot in slots:
                slot.poll_and_restart()
            signals.wait(_until_next_start(slots))
        if listener is not None:
            listener.close()
        return _end(slots, signals, grace)


class _SignalWaiter:
    """Handles signals; `wait` sleeps until the next one."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._stopped_at: float | None = None
        self.force = False

    @property
    def stop_requested(self) -> bool:
        return self._stopped_at is not None

    def __enter__(self) -> Self:
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        # Under nohup, a closed terminal is ignored.
        is_hangup_ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        handled = [each for each in HANDLED if each != signal.SIGHUP or not is_hangup_ignored]
        self._before = {each: signal.signal(each, self._handle) for each in handled}
        return self

    def __exit__(self, *exception: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._reader.close()
        self._writer.close()

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if signum not in STOPS:
            return
        now = time.monotonic()
        if self._stopped_at is None:
            self._stopped_at = now
        elif now - self._stopped_at > ECHO_SECONDS:
            self.force = True

    def wait(self, seconds: float | None) -> None:
        if select.select([self._reader], [], [], seconds)[0]:
            self._reader.recv(4096)


@dataclass
class _ChildSlot:
    """A child with its current process, or the time of its next start."""

    child: Child
    pid: int = 0  # 0: no process
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = SHORTEST_DELAY

    def poll_and_restart(self) -> None:
        ended = self.poll()
        if ended is not None:
            self._postpone(f"signal {-ended}" if ended < 0 else f"code {ended}", ended)
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
        if exit_code == 0 or now - self.started_at >= STABLE_AFTER:  # stopped on request, or stable
            self.delay = SHORTEST_DELAY
        logger.error(
            "Le processus %s s'est arrêté (%s) ; il redémarre dans %.1f s.",
            self.child.name,
            cause,
            self.delay,
        )
        self.due_at = now + self.delay
        self.delay = min(2 * self.delay, LONGEST_DELAY)


def _until_next_start(slots: Sequence[_ChildSlot]) -> float | None:
    waits = [slot.due_at - time.monotonic() for slot in slots if not slot.pid]
    return max(0.0, min(waits)) if waits else None


def _end(slots: Sequence[_ChildSlot], signals: _SignalWaiter, grace: float) -> int:
    deadline = time.monotonic() + grace
    for slot in slots:
        slot.send(signal.SIGTERM)
    while running := [slot for slot in slots if slot.runs()]:
        left = deadline - time.monotonic()
        if signals.force or left <= 0:
            _kill(running)
            return 1
        signals.wait(left)
    return 0


def _kill(slots: Sequence[_ChildSlot]) -> None:
    for slot in slots:
        logger.warning("Le processus %s est interrompu en plein travail.", slot.child.name)
        slot.send(signal.SIGKILL)
    for slot in slots:
        os.waitpid(slot.pid, 0)
