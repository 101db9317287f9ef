"""Files of documents: those that the team orders, and those that the public page keeps."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog

from consultation.clock import now
from consultation.documents.formats import NO_ROOM, DocumentFormat, FormatLacking, written
from consultation.documents.model import Document
from consultation.exports.files import free_path
from consultation.files import PACKAGE, has_room, resource
from consultation.jobs.worker import Task
from consultation.web.page_cache import QUOTING, PackedCache

log = structlog.get_logger()

Note = Callable[[Document, bytes], None]
"""Called with a document and the file that it became."""

FOLDER = "documents"
"""Of the files that the public page keeps, in the home of the site."""
MOST_KEPT = 60
DRAFT = "tmp"
"""Beginning of the name of a file that is being written."""
LONGEST_WRITING = 3600.0
"""Seconds after which nobody writes a draft any more: its process was killed."""
SWEPT_EVERY = 86_400
SOURCES = {".py", ".typ", ".mo", ".html", ".css"}
"""Of the site, where they decide what a document says and how."""


def write(directory: Path, document: Document, format: DocumentFormat, at: datetime) -> Path:
    """Write a document where exports are kept, and as long; return its path.

    Raise `FormatLacking`, also where no room is left, or `NoTypesetting`.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not has_room(directory):
        raise FormatLacking(NO_ROOM)
    made = written(document, format)
    with free_path(directory, document.name, format, at) as path:
        path.write_bytes(made)
    return path


class PublicFiles:
    """Files that the public asked for, by the state from which all follows that they say.

    They are on the disk, where every server finds them.  What is quoted may be withdrawn at any
    moment, so that no copy of it goes to the disk, nor into a backup: a process keeps in memory,
    and for a while only, what quotes somebody.  A quotation that changes or goes is another state.
    """

    def __init__(self, home: Path) -> None:
        self._home, self._held = home, PackedCache()

    def kept(self, state: str, format: DocumentFormat) -> bytes | None:
        """Return the file of a state if it was made before."""
        path = _place(self._home, state, format)
        return path.read_bytes() if path.is_file() else self._held.kept(path.name)

    def make(self, state: str, document: Document, format: DocumentFormat, note: Note) -> bytes:
        """Write the document of a state, note it and keep it.

        Raise `FormatLacking` or `NoTypesetting`.
        """
        made = written(document, format)
        note(document, made)
        path = _place(self._home, state, format)
        if document.quotations or not _keep(path, made):
            self._held.keep(path.name, made, QUOTING)
        return made


def remove_kept(home: Path) -> None:
    """Remove the files that the public page keeps; each is written again when it is wanted."""
    for path in _files(home / FOLDER):
        path.unlink(missing_ok=True)


def task(home: Path) -> Task:
    """Return the worker task that removes the drafts of processes that were killed."""
    return Task("document drafts", SWEPT_EVERY, lambda _session: remove_drafts(home))


def remove_drafts(home: Path) -> None:
    """Remove the drafts that nobody writes any more."""
    for draft in (home / FOLDER).glob(f"{DRAFT}*"):
        if draft.stat().st_mtime < now().timestamp() - LONGEST_WRITING:
            draft.unlink(missing_ok=True)


def _place(home: Path, state: str, format: DocumentFormat) -> Path:
    """Return the path of a file, whose name depends on all that it says and how."""
    name = hashlib.sha256(f"{_version()} {state}".encode()).hexdigest()[:32]
    return home / FOLDER / f"{name}.{format.extension}"


def _keep(path: Path, made: bytes) -> bool:
    """Keep a file unless the disk is nearly full; return whether it was kept."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not has_room(path.parent):
            return False
        _write(path, made)
    except OSError as error:
        log.warning("document not kept", error=type(error).__name__)
        return False
    oldest_last = sorted(_files(path.parent), key=lambda it: it.stat().st_mtime, reverse=True)
    for old in oldest_last[MOST_KEPT:]:
        old.unlink(missing_ok=True)
    return True


def _write(path: Path, made: bytes) -> None:
    """Write a file that is whole or not there, and leave nothing else."""
    with NamedTemporaryFile(dir=path.parent, prefix=DRAFT, delete=False) as draft:
        try:
            draft.write(made)
            draft.flush()
            Path(draft.name).replace(path)
        except OSError:
            Path(draft.name).unlink()
            raise


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


@cache
def _version() -> str:
    """Return what changes with the site itself, which may then write documents otherwise."""
    read = hashlib.sha256()
    for folder in (PACKAGE, resource("templates") / "documents", resource("static")):
        for source in sorted(folder.rglob("*")):
            if source.suffix in SOURCES:
                read.update(source.read_bytes())
    return read.hexdigest()
