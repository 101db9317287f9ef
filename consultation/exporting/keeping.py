"""How long workbooks are kept: they hold what people wrote, so they go by themselves."""

import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from consultation.clock import PARIS, now
from consultation.exporting.workbook import BEING_WRITTEN, UNREAD, manifest_of
from consultation.jobs.worker import Task
from consultation.sheets.writing import Format

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
