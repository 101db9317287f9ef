"""Files of running attempts, locked while their worker lives.

The system unlocks the file of a worker that dies, however it dies: the next worker to look knows
at once what it left behind, where a lease in the database would have to end first.  An attempt
whose end could not be stored leaves its file too.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

FOLDER = "running"


class LeftBehind(NamedTuple):
    """The file of an attempt that nobody makes any more: its name, and what was noted in it."""

    name: re.Match[str]
    note: str


@contextmanager
def held(home: Path, name: str, note: str = "") -> Iterator[None]:
    """Hold the file of an attempt; where there can be none, the lease alone protects it.

    What the block raises leaves the file, unlocked.
    """
    handle = None
    path = home / FOLDER / name
    with suppress(OSError):
        handle = _locked(path, note)
    try:
        yield
        with suppress(OSError):
            path.unlink(missing_ok=True)
    finally:
        if handle is not None:
            os.close(handle)


def _locked(path: Path, note: str) -> int:
    """Return the handle of a new file, which gets its name once it is locked and written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    handle = os.open(draft, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.pwrite(handle, note.encode(), 0)
        draft.rename(path)
    except OSError:
        os.close(handle)
        raise
    return handle


def left_behind(home: Path, names: re.Pattern[str]) -> Iterator[LeftBehind]:
    """Yield the attempts of such names that nobody makes any more.

    One that the caller has seen to is not told again.
    """
    try:
        paths = sorted((home / FOLDER).iterdir())
    except OSError:
        return
    for path in paths:
        if match := names.fullmatch(path.name):
            with suppress(OSError):
                yield from _if_unlocked(path, match)


def _if_unlocked(path: Path, name: re.Match[str]) -> Iterator[LeftBehind]:
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield LeftBehind(name, path.read_text("utf-8"))
        path.unlink(missing_ok=True)
    finally:
        os.close(handle)
