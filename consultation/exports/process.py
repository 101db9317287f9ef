"""An export in a process of its own, which gives way to visitors and takes its memory with it.

`python -m consultation.exports.process` is that process.  It holds the libraries of an export and
nothing of the site, and ends with the process that started it.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import FrameType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import engine_options
from consultation.exports.selection import EVERYTHING, Selection
from consultation.exports.workbook import writer
from consultation.exports.workbook.writer import Workbook
from consultation.logs import places
from consultation.questionnaires.models import Round
from consultation.spreadsheets.writer import AnyFormat
from consultation.subprocesses import end_with
from consultation.web import locale

NICENESS = 19
HEARTBEAT = 1.0
"""Seconds between two calls of `tell`, while a step takes long: each renews the lease of a job."""

PATIENCE = 10.0
"""Seconds that the process has to tidy up when its work is no longer wanted."""

ROWS_KEPT_YOUNG = 50_000
"""Objects made before the collector looks for cycles, of which an export makes none."""


class ExportBroke(Exception):
    """The process of an export failed, or ended without a word; the message names no content."""


@dataclass(frozen=True)
class _Order:
    """What the process is asked for; it goes through a pipe, as an address holds a password."""

    database: str
    parent: int
    round_id: int
    format: AnyFormat
    directory: Path
    at: datetime
    selection: Selection
    site: str


def export(
    session: Session,
    *,
    round: Round,
    format: AnyFormat,
    directory: Path,
    at: datetime,
    selection: Selection = EVERYTHING,
    site: str = "",
    tell: Callable[[str], None] = lambda step: None,
) -> Workbook:
    """Do what `workbook.export` does, in a process of its own; raise as it does, or `ExportBroke`.

    `tell` is called here, with each step and again while it lasts.  When it raises, the process
    ends and nothing is left.
    """
    address = session.get_bind().engine.url.render_as_string(hide_password=False)
    order = _Order(
        address, os.getpid(), round.id, format, Path(directory).absolute(), at, selection, site
    )
    here, there = Pipe()
    with here:
        with there:
            command = [sys.executable, "-m", __name__, str(there.fileno())]
            child = subprocess.Popen(  # noqa: S603 - this very module, and the number of a pipe
                command, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL
            )
        try:
            here.send(order)
            made = _awaited(here, tell)
        except BaseException:
            child.terminate()
            raise
        finally:
            _end(child)
    return made


def _awaited(child: Connection, tell: Callable[[str], None]) -> Workbook:
    step = "Lecture de la base"
    while True:
        if child.poll(HEARTBEAT):
            try:
                kind, said = child.recv()
            except (EOFError, ConnectionResetError):
                raise ExportBroke("the process of the export has ended") from None
            if kind == "made":
                made: Workbook = said
                return made
            if kind == "raised":
                raise said
            step = said
        tell(step)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Wait for a process that is done or tidies up; kill one that does not end."""
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main(descriptor: int) -> None:
    """Make one export for the process at the other end of a pipe."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C comes again as the TERM
    with Connection(descriptor) as parent:
        order: _Order = parent.recv()
        end_with(order.parent)
        _give_way()
        try:
            with locale.speaking():
                made = _make(order, parent)
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent raises it
            parent.send(("raised", _sendable(error)))
        else:
            parent.send(("made", made))


def _give_way() -> None:
    """Take only what processors nobody else wants; a group of processes weighs niceness less."""
    with suppress(OSError):
        os.nice(NICENESS)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    gc.freeze()
    gc.set_threshold(ROWS_KEPT_YOUNG)


def _make(order: _Order, parent: Connection) -> Workbook:
    engine = sa.create_engine(order.database, **engine_options(order.database))
    try:
        with Session(engine) as session:
            return writer.export(
                session,
                round=session.get_one(Round, order.round_id),
                format=order.format,
                directory=order.directory,
                at=order.at,
                selection=order.selection,
                site=order.site,
                tell=lambda step: parent.send(("step", step)),
            )
    finally:
        engine.dispose()


def _sendable(error: Exception) -> Exception:
    """Return the error if a pipe can carry it, else where it arose."""
    if isinstance(error, sa.exc.StatementError):  # its message holds values
        return ExportBroke(", ".join(places(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - what this process has just written
    except Exception:  # noqa: BLE001 - it can't be carried, for whatever reason
        return ExportBroke(", ".join(places(error)))
    return error


def _leave(signum: int, frame: FrameType | None) -> Any:
    raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
