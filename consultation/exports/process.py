"""Export subprocess: runs at the lowest priority and gives its memory back at the end.

`main` runs in that subprocess.  It imports the libraries of an export and nothing of the site, and
ends with the process that started it.
"""

import gc
import os
import pickle
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, Pipe
from types import FrameType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import engine_options
from consultation.exports.request import ExportRequest
from consultation.exports.workbook import writer
from consultation.exports.workbook.writer import Workbook
from consultation.imports import command
from consultation.jobs.progress import Report
from consultation.logs import places
from consultation.subprocesses import end_with
from consultation.web import locale

GIVES_WAY = True
"""Whether the subprocess takes only idle processors, of which a machine full of tests has none."""

NICENESS = 19
HEARTBEAT = 1.0
"""Seconds between two calls of `report` during a long step: each renews the lease of a job."""

END_TIMEOUT = 10.0
"""Seconds that a terminated subprocess has to remove its files before it is killed."""

GC_THRESHOLD = 50_000
"""Allocations between two runs of the garbage collector: an export makes no cycles."""


class ExportBroke(Exception):
    """The subprocess failed, or ended without an answer; the message holds no content."""


@dataclass(frozen=True)
class _Task:
    """What the subprocess is sent; through a pipe, since the database address holds a password."""

    database: str
    parent: int
    gives_way: bool
    request: ExportRequest


def run(session: Session, request: ExportRequest, report: Report = lambda step: None) -> Workbook:
    """Write a workbook in a subprocess; raise what `writer.write` raises, or `ExportBroke`.

    `report` is called in the calling process, with each step and again while the step lasts.
    When it raises, the subprocess ends and no file is left.
    """
    address = session.get_bind().engine.url.render_as_string(hide_password=False)
    request = replace(request, directory=request.directory.absolute())
    parent_end, child_end = Pipe()
    with parent_end:
        with child_end:
            child = subprocess.Popen(  # noqa: S603 - this very module, and the number of a pipe
                command(__name__, child_end.fileno()),
                pass_fds=[child_end.fileno()],
                stdin=subprocess.DEVNULL,
            )
        try:
            parent_end.send(_Task(address, os.getpid(), GIVES_WAY, request))
            workbook = _wait(parent_end, report)
        except BaseException:
            child.terminate()
            raise
        finally:
            _end(child)
    return workbook


def _wait(child: Connection, report: Report) -> Workbook:
    step = "Lecture de la base"
    while True:
        if child.poll(HEARTBEAT):
            try:
                kind, value = child.recv()
            except (EOFError, ConnectionResetError):
                raise ExportBroke("the process of the export has ended") from None
            if kind == "made":
                workbook: Workbook = value
                return workbook
            if kind == "raised":
                raise value
            step = value
        report(step)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Wait until the subprocess has ended; kill it after `END_TIMEOUT`."""
    try:
        child.wait(END_TIMEOUT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main(descriptor: int) -> None:
    """Write one workbook for the process at the other end of the pipe."""
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C comes again as the TERM
    with Connection(descriptor) as parent:
        task: _Task = parent.recv()
        end_with(task.parent)
        gc.set_threshold(GC_THRESHOLD)
        if task.gives_way:
            _lower_priority()
        try:
            with locale.translations_only():
                workbook = _write(task, parent)
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent raises it
            parent.send(("raised", _sendable(error)))
        else:
            parent.send(("made", workbook))


def _lower_priority() -> None:
    """Take only idle processors: within a control group, niceness alone weighs little."""
    with suppress(OSError):
        os.nice(NICENESS)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _write(task: _Task, parent: Connection) -> Workbook:
    engine = sa.create_engine(task.database, **engine_options(task.database))
    try:
        with Session(engine) as session:
            return writer.write(session, task.request, lambda step: parent.send(("step", step)))
    finally:
        engine.dispose()


def _sendable(error: Exception) -> Exception:
    """Return the error if it can be pickled, else an `ExportBroke` with its places in the code."""
    if isinstance(error, sa.exc.StatementError):  # its message holds values
        return ExportBroke(", ".join(places(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - what this process has just written
    except Exception:  # noqa: BLE001 - unpicklable, for whatever reason
        return ExportBroke(", ".join(places(error)))
    return error


def _exit(signum: int, frame: FrameType | None) -> Any:
    raise SystemExit(1)
