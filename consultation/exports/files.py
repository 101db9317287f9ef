"""Export files: their names, manifests and retention.

A file made beside an erasure is discarded, and made again.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count as count_from
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from consultation.clock import PARIS, in_paris, now
from consultation.db.base import snapshot_session
from consultation.jobs.erase_copies import last_erasure
from consultation.jobs.worker import Task
from consultation.spreadsheets.writer import Format

UNREAD = "non-relu"
"""End of the name of a workbook with unread texts."""


BEING_WRITTEN = ".writing-"
"""Prefix of files and directories that exist only while an export is written."""


_UNFIT_FOR_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class FileFormat(Protocol):
    @property
    def extension(self) -> str:
        """The end of a file's name, without its dot."""


def manifest_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def remove_file(path: Path) -> None:
    """Remove an export file and its manifest."""
    path.unlink(missing_ok=True)
    manifest_of(path).unlink(missing_ok=True)


@contextmanager
def free_path(
    directory: Path, name: str, format: FileFormat, at: datetime, suffix: str = ""
) -> Iterator[Path]:
    """Reserve a path of name, moment (Paris) and `suffix` that no other export has or writes.

    When the block raises, no file is left there.
    """
    stem = f"{_UNFIT_FOR_A_NAME.sub('-', name)}-{in_paris(at):%Y-%m-%d-%H%M%S}"
    numbers = ("" if number == 1 else f"-{number}" for number in count_from(1))
    paths = (directory / f"{stem}{number}{suffix}.{format.extension}" for number in numbers)
    path = next(path for path in paths if _reserve(path))
    try:
        yield path
    except BaseException:
        remove_file(path)
        raise
    finally:
        _reservation(path).unlink(missing_ok=True)


def _reserve(path: Path) -> bool:
    """Reserve a name unless an export has or writes it; return whether it was free."""
    try:
        _reservation(path).touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    if path.exists():
        _reservation(path).unlink()
        return False
    return True


def _reservation(path: Path) -> Path:
    """Return the empty file that reserves a name while the export is written.

    A killed export leaves it behind: `task` removes it.
    """
    return path.with_name(f"{BEING_WRITTEN}{path.name}")


_WORKBOOKS = "|".join(format.extension for format in Format)
_MOMENT = r"(?P<moment>\d{4}-\d\d-\d\d-\d{6})(?:-\d+)?"
EXPORT_NAME = re.compile(
    rf"(?:consultation|contacts)-.+-{_MOMENT}(?:-{UNREAD})?\.(?:{_WORKBOOKS})", re.ASCII
)
DOCUMENT_NAME = re.compile(rf"document-.+-{_MOMENT}\.(?:pdf|docx|odt|html)", re.ASCII)
"""Names of export files; other files in that directory are left alone."""

LEFTOVERS = f"{BEING_WRITTEN}*"
"""Working directories and reserved names, which a killed worker leaves behind."""

LONGEST_WRITING = timedelta(days=1)
CONTACTS_DAYS = 1
"""Days that a contact list is kept: long enough to download it."""
EVERY_SECONDS = 3600

log = structlog.get_logger()


def task(settings: Mapping[str, Any]) -> Task:
    """Return the worker task that removes the exports kept longer than the settings say."""
    return Task("exports", EVERY_SECONDS, partial(_apply, settings))


def outlived(directory: Path, days: int, at: datetime) -> list[Path]:
    """Return the exports made more than `days` before `at`, and old leftovers of writing."""
    if not directory.is_dir():
        return []
    return sorted(
        [
            path
            for path, made_at in _made(directory)
            if made_at < at - timedelta(days=days_kept(days, of_contacts=_is_of_contacts(path)))
        ]
        + [path for path in directory.glob(LEFTOVERS) if _changed_at(path) < at - LONGEST_WRITING]
    )


def days_kept(days: int, *, of_contacts: bool) -> int:
    """Return the days that an export is kept, where workbooks are kept for `days`."""
    return min(days, CONTACTS_DAYS) if of_contacts else days


def remove(paths: Iterable[Path]) -> None:
    """Remove files, each with its manifest, and directories."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
            manifest_of(path).unlink(missing_ok=True)


def remove_made_before(directory: Path, moment: datetime) -> int:
    """Remove the exports made before an erasure, which may hold erased data; return how many."""
    older = [path for path, made_at in _made(directory) if made_at <= moment]
    remove(older)
    return len(older)


def _apply(settings: Mapping[str, Any], _session: Session) -> None:
    paths = outlived(settings["EXPORTS_DIR"], settings["RETENTION_EXPORT_DAYS"], now())
    remove(paths)
    if paths:
        log.info("exports removed", count=len(paths))


def _made(directory: Path) -> Iterator[tuple[Path, datetime]]:
    """Yield the exports in a directory, with the moment in their name."""
    for path in directory.iterdir() if directory.is_dir() else ():
        match = EXPORT_NAME.fullmatch(path.name) or DOCUMENT_NAME.fullmatch(path.name)
        if match and path.is_file() and not path.is_symlink():
            moment = datetime.strptime(match["moment"], "%Y-%m-%d-%H%M%S").replace(tzinfo=PARIS)
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
    """Call `make` with the moment of the file's name until no erasure came in while it ran.

    A file made beside an erasure may hold erased data, and its name may be too recent for
    `remove_made_before`: it is discarded and made again.
    """
    while True:
        erasure = _last_erasure(session)
        made = make(at)
        if _last_erasure(session) == erasure:
            return made
        discard(made)
        at = max(at, now())


def _last_erasure(session: Session) -> int:
    with snapshot_session(session) as snapshot:
        return last_erasure(snapshot)
