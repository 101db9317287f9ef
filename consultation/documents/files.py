"""Files of documents: those that the team orders, and those that the public page keeps."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

from consultation.documents.formats import DocumentFormat, written
from consultation.documents.model import Document
from consultation.exports.files import free_path
from consultation.files import PACKAGE, resource

FOLDER = "documents"
"""Of the files that the public page keeps, in the home of the site."""
MOST_KEPT = 60
LONGEST_WAIT = 20.0
"""Seconds that a visitor waits for the file of another one."""

_one_at_a_time = Lock()


class Busy(Exception):
    """Another file is being written for the public."""


def write(directory: Path, document: Document, format: DocumentFormat, at: datetime) -> Path:
    """Write a document where exports are kept, and as long; return its path.

    Raise `FormatLacking` or `NoTypesetting`.
    """
    made = written(document, format)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with free_path(directory, document.name, format, at) as path:
        path.write_bytes(made)
    return path


def kept(home: Path, document: Document, format: DocumentFormat) -> bytes | None:
    """Return the file that the public page keeps of a document, None where there is none."""
    path = _place(home, document, format)
    return path.read_bytes() if path.is_file() else None


def publish(home: Path, document: Document, format: DocumentFormat) -> bytes:
    """Write a document for the public, one at a time, and keep it unless it quotes respondents.

    What is quoted may be withdrawn at any moment: no copy of it stays.  Raise `Busy`,
    `FormatLacking` or `NoTypesetting`.
    """
    if not _one_at_a_time.acquire(timeout=LONGEST_WAIT):
        raise Busy
    try:
        made = kept(home, document, format) or written(document, format)
        if not document.quotations:
            _keep(_place(home, document, format), made)
    finally:
        _one_at_a_time.release()
    return made


def remove_kept(home: Path) -> None:
    """Remove the files that the public page keeps; each is written again when it is wanted."""
    for path in _files(home / FOLDER):
        path.unlink(missing_ok=True)


def _place(home: Path, document: Document, format: DocumentFormat) -> Path:
    """Return the path of a file, whose name depends on all that the document says and how."""
    content = json.dumps(document.as_json(), ensure_ascii=False, sort_keys=True)
    name = hashlib.sha256(f"{_layout()} {content}".encode()).hexdigest()[:32]
    return home / FOLDER / f"{name}.{format.extension}"


def _keep(path: Path, made: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(made)
    Path(draft.name).replace(path)
    oldest_last = sorted(_files(path.parent), key=lambda it: it.stat().st_mtime, reverse=True)
    for old in oldest_last[MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


@cache
def _layout() -> str:
    """Return what changes when documents are written otherwise, as a new version may do."""
    sources = [
        *sorted((PACKAGE / "documents").glob("*.py")),
        *sorted((PACKAGE / "typesetting").iterdir()),
        *sorted((resource("templates") / "documents").glob("*.html")),
        *sorted(resource("static").glob("document*.css")),
    ]
    read = hashlib.sha256()
    for source in sources:
        if source.is_file():
            read.update(source.read_bytes())
    return read.hexdigest()
