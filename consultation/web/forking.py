"""Processes that are forked and end with their parent."""

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

logger = logging.getLogger(__name__)

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
HEARD = (*STOPS, signal.SIGCHLD)
"""What a parent listens to."""
PR_SET_PDEATHSIG = 1  # prctl(2)


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


def end_with(parent: int) -> None:
    """Make this process end when its parent does, were it by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we had asked
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
