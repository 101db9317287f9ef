"""Export files: names, manifests, how long they are kept, and a retry beside an erasure."""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count as count_from
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from consultation.clock import PARIS, in_paris, now
from consultation.db.base import snapshot_session
from consultation.jobs.erase_copies import last_erasure
from consultation.jobs.worker import Task
from consultation.spreadsheets.writer import AnyFormat, Format

UNREAD = "non-relu"
"""Ends the name of a workbook with texts that nobody has read."""


BEING_WRITTEN = ".writing-"
"""Begins the names of what is only there while a workbook is written."""


_UNFIT_FOR_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def manifest_of(path: Path) -> Path:
    """Return where the manifest of a workbook is."""
    return path.with_name(f"{path.name}.json")


def remove_file(path: Path) -> None:
    """Remove a workbook and its manifest."""
    path.unlink(missing_ok=True)
    manifest_of(path).unlink(missing_ok=True)


@contextmanager
def free_path(
    directory: Path, name: str, format: AnyFormat, at: datetime, suffix: str = ""
) -> Iterator[Path]:
    """Give a path that says name, moment (Paris) and `suffix`, and that no other export has.

    Whatever is raised meanwhile, no file is left there.
    """
    stem = f"{_UNFIT_FOR_A_NAME.sub('-', name)}-{in_paris(at):%Y-%m-%d-%H%M%S}"
    numbers = ("" if number == 1 else f"-{number}" for number in count_from(1))
    paths = (directory / f"{stem}{number}{suffix}.{format.extension}" for number in numbers)
    path = next(path for path in paths if _take(path))
    try:
        yield path
    except BaseException:
        remove_file(path)
        raise
    finally:
        _taken(path).unlink(missing_ok=True)


def _take(path: Path) -> bool:
    """Take a name unless an export has it, or writes what will have it; say whether it was free."""
    try:
        _taken(path).touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    if path.exists():
        _taken(path).unlink()
        return False
    return True


def _taken(path: Path) -> Path:
    """Return the empty file that stands for a name as long as the file itself is written.

    A killed export leaves it behind: `task` removes it.
    """
    return path.with_name(f"{BEING_WRITTEN}{path.name}")


ENDINGS = "|".join(format.extension for format in Format)
OURS = re.compile(
    rf"(consultation|contacts)-.+-(\d{{4}}-\d\d-\d\d-\d{{6}})(-\d+)?(?:-{UNREAD})?\.(?:{ENDINGS})",
    re.ASCII,
)
"""The names that exports give, whatever somebody else keeps in that folder."""

WORKSHOPS = f"{BEING_WRITTEN}*"
"""Folders in which workbooks are written, and names taken: a killed worker leaves its own."""

LONGEST_WRITING = timedelta(days=1)
CONTACTS_DAYS = 1
"""Names and addresses are kept no longer than it takes to fetch them."""
EVERY_SECONDS = 3600

log = structlog.get_logger()


def task(directory: Path, days: int) -> Task:
    """Return the worker's task that removes what has been kept for `days`."""
    return Task("exports", EVERY_SECONDS, partial(_apply, directory, days))


def outlived(directory: Path, days: int, at: datetime) -> list[Path]:
    """Return the workbooks made more than `days` before `at`, and what writing has left behind."""
    if not directory.is_dir():
        return []
    return sorted(
        [
            path
            for path, made_at in _made(directory)
            if made_at < at - timedelta(days=days_kept(days, of_contacts=_is_of_contacts(path)))
        ]
        + [path for path in directory.glob(WORKSHOPS) if _changed_at(path) < at - LONGEST_WRITING]
    )


def days_kept(days: int, *, of_contacts: bool) -> int:
    """Return for how many days an export is kept, when workbooks are kept for `days`."""
    return min(days, CONTACTS_DAYS) if of_contacts else days


def remove(paths: Iterable[Path]) -> None:
    """Remove what `outlived` returned, each workbook with its manifest."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
            manifest_of(path).unlink(missing_ok=True)


def remove_made_before(directory: Path, moment: datetime) -> int:
    """Remove the workbooks made before a moment, as they may hold what was erased; say how many."""
    older = [path for path, made_at in _made(directory) if made_at <= moment]
    remove(older)
    return len(older)


def _apply(directory: Path, days: int, session: Session) -> None:
    paths = outlived(directory, days, now())
    remove(paths)
    if paths:
        log.info("exports removed", count=len(paths))


def _made(directory: Path) -> Iterator[tuple[Path, datetime]]:
    """Yield the workbooks that an export made, with the moment that stands in their name."""
    for path in directory.iterdir() if directory.is_dir() else ():
        found = OURS.fullmatch(path.name)
        if found and path.is_file() and not path.is_symlink():
            moment = datetime.strptime(found[2], "%Y-%m-%d-%H%M%S").replace(tzinfo=PARIS)
            yield path, moment


def _is_of_contacts(path: Path) -> bool:
    return path.name.startswith("contacts-")


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


Made = TypeVar("Made")


def beside_erasures(
    session: Session,
    at: datetime,
    make: Callable[[datetime], Made],
    discard: Callable[[Made], None],
) -> Made:
    """Return what `make` gives, called with the moment that the file's name says.

    Where an erasure came in meanwhile the file is discarded and made again, under a later moment.
    """
    while True:
        known = _last(session)
        made = make(at)
        if _last(session) == known:
            return made
        discard(made)
        at = max(at, now())


def _last(session: Session) -> int:
    with snapshot_session(session) as instant:
        return last_erasure(instant)
