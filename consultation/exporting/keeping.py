"""How long workbooks are kept: they hold what people wrote, so they go by themselves."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from consultation.clock import PARIS, now
from consultation.exporting.workbook import UNREAD
from consultation.jobs.worker import Task
from consultation.sheets.writing import Format

ENDINGS = "|".join((*(format.extension for format in Format), "json"))
OURS = re.compile(
    rf"consultation-.+-(\d{{4}}-\d\d-\d\d-\d{{6}})(-\d+)?-{UNREAD}\.(?:{ENDINGS})", re.ASCII
)
"""The names that `workbook.export` gives, whatever somebody else keeps in that folder."""

WORKSHOPS = ".writing-*"
"""Folders in which workbooks are written; a killed worker leaves its own behind."""

LONGEST_WRITING = timedelta(days=1)
EVERY_SECONDS = 3600

log = structlog.get_logger()


def task(directory: Path, days: int) -> Task:
    """Return the worker's task that removes what has been kept for `days`."""
    return Task("exports", EVERY_SECONDS, partial(_apply, directory, days))


def remove_expired(directory: Path, *, days: int, at: datetime) -> int:
    """Remove workbooks and manifests made more than `days` before `at`; return how many files."""
    count = 0
    for path, made_at in _made(directory):
        if made_at < at - timedelta(days=days):
            path.unlink(missing_ok=True)
            count += 1
    for workshop in directory.glob(WORKSHOPS):
        if _changed_at(workshop) < at - LONGEST_WRITING:
            shutil.rmtree(workshop, ignore_errors=True)
            count += 1
    return count


def _apply(directory: Path, days: int, session: Session) -> None:
    count = remove_expired(directory, days=days, at=now())
    if count:
        log.info("exports removed", count=count)


def _made(directory: Path) -> Iterator[tuple[Path, datetime]]:
    """Yield the files that an export made, with the moment that stands in their name."""
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        found = OURS.fullmatch(path.name)
        if found and path.is_file() and not path.is_symlink():
            moment = datetime.strptime(found[1], "%Y-%m-%d-%H%M%S").replace(tzinfo=PARIS)
            yield path, moment


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
