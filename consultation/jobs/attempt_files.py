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

from consultation.jobs.progress import Attempt

FOLDER = "running"
_NAME = re.compile(r"(\d+)-(\d+)")


@contextmanager
def held(home: Path, attempt: Attempt) -> Iterator[None]:
    """Hold the file of an attempt; where there can be none, the lease alone protects the job.

    What the block raises leaves the file, unlocked.
    """
    handle = None
    path = home / FOLDER / f"{attempt.job_id}-{attempt.number}"
    with suppress(OSError):
        handle = _locked(path)
    try:
        yield
        with suppress(OSError):
            path.unlink(missing_ok=True)
    finally:
        if handle is not None:
            os.close(handle)


def _locked(path: Path) -> int:
    """Return the handle of a new file, which gets its name once it is locked."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    handle = os.open(draft, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        draft.rename(path)
    except OSError:
        os.close(handle)
        raise
    return handle


def left_behind(home: Path) -> Iterator[Attempt]:
    """Yield the attempts that nobody makes any more; one that was seen to is not told again."""
    try:
        paths = sorted((home / FOLDER).iterdir())
    except OSError:
        return
    for path in paths:
        if match := _NAME.fullmatch(path.name):
            attempt = Attempt(int(match[1]), int(match[2]))
            with suppress(OSError):
                yield from _if_unlocked(path, attempt)


def _if_unlocked(path: Path, attempt: Attempt) -> Iterator[Attempt]:
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield attempt
        path.unlink(missing_ok=True)
    finally:
        os.close(handle)
