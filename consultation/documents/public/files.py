"""Files of documents for the public, made once and kept."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.documents.build import Sources, of_sources
from consultation.documents.formats import DocumentFormat, written
from consultation.documents.model import Document
from consultation.files import PACKAGE, has_room, resource
from consultation.jobs.worker import Task
from consultation.web.page_cache import QUOTING, PackedCache

log = structlog.get_logger()

Note = Callable[[Document, bytes], None]
"""Called with a document and the file that it became."""

FOLDER = "documents"
"""Of the files that the public page keeps, in the home of the site."""
SEALED = ".sealed"
MOST_KEPT = 200
DRAFT = "tmp"
"""Beginning of the name of a file that is being written."""
NONCE_BYTES = 12
SEAL_BYTES = NONCE_BYTES + 16
"""What a sealed file has more than the file: its nonce, and the tag that shows it is whole."""
LONGEST_WRITING = 3600.0
"""Seconds after which nobody writes a draft any more: its process was killed."""
SWEPT_EVERY = 86_400
SOURCES = {".py", ".typ", ".mo", ".html", ".css"}
"""Of the site, where they decide what a document says and how."""


@dataclass(frozen=True)
class PublicFile:
    """A file for the public, and how to make it.

    `state` is all that it follows from: another state is another file.  `note` is called with each
    file that is written, before anybody has it.
    """

    name: str
    """Of the download, without its extension."""
    state: str
    format: DocumentFormat
    build: Callable[[], Document]
    note: Note = lambda _document, _made: None


def file_of(session: Session, sources: Sources, format: DocumentFormat) -> PublicFile:
    """Return the file of a document; who finds it made builds no document."""
    return PublicFile(sources.name, repr(sources), format, lambda: of_sources(session, sources))


class PublicFiles:
    """Files that the public asked for, on the disk, where every server finds them.

    What is quoted may be withdrawn at any moment.  Each file is encrypted with a key that follows
    from its state, which nothing stores, so from all that it quotes: from the transaction in which
    a text goes, nobody can read it.
    """

    def __init__(self, home: Path) -> None:
        self._home, self._held = home, PackedCache()

    def kept(self, wanted: PublicFile) -> bytes | None:
        """Return the file if it was made before."""
        path = self._place(wanted)
        try:
            return _opened(path.read_bytes(), wanted.state)
        except FileNotFoundError:
            return self._held.kept(path.name)
        except InvalidTag:
            return None

    def size(self, wanted: PublicFile) -> int | None:
        """Return how many bytes the file has, None until it is made and on the disk."""
        try:
            return self._place(wanted).stat().st_size - SEAL_BYTES
        except FileNotFoundError:
            return None

    def make(self, wanted: PublicFile) -> bytes:
        """Write the file, note it and keep it; raise `FormatLacking` or `NoTypesetting`.

        Where the disk is nearly full, this process keeps it for a while.
        """
        document = wanted.build()
        made = written(document, wanted.format)
        wanted.note(document, made)
        path = self._place(wanted)
        if not _keep(path, _sealed(made, wanted.state)):
            self._held.keep(path.name, made, QUOTING)
        return made

    def _place(self, wanted: PublicFile) -> Path:
        name = keyring.blind_index("name of a document", f"{version()} {wanted.state}")[:32]
        return self._home / FOLDER / f"{name}.{wanted.format.extension}{SEALED}"


def _sealed(made: bytes, state: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(state).encrypt(nonce, made, None)


def _opened(sealed: bytes, state: str) -> bytes:
    """Return the sealed content; raise `InvalidTag` where it is not whole."""
    return _cipher(state).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)


def _cipher(state: str) -> AESGCM:
    return AESGCM(bytes.fromhex(keyring.blind_index("content of a document", state)))


def remove_kept(home: Path) -> None:
    """Remove the files that the public page keeps; each is written again when it is wanted."""
    for path in _files(home / FOLDER):
        path.unlink(missing_ok=True)


def task(home: Path) -> Task:
    """Return the worker task that removes what nobody will read."""
    return Task("document drafts", SWEPT_EVERY, lambda _session: remove_strays(home))


def remove_strays(home: Path) -> None:
    """Remove the drafts that nobody writes any more, and what an earlier version kept."""
    for path in _files(home / FOLDER):
        is_old = path.stat().st_mtime < now().timestamp() - LONGEST_WRITING
        if is_old and path.suffix != SEALED:
            path.unlink(missing_ok=True)


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
def version() -> str:
    """Return a mark that changes with the site itself, which may then write documents otherwise."""
    read = hashlib.sha256()
    for folder in (PACKAGE, resource("templates") / "documents", resource("static")):
        for source in sorted(folder.rglob("*")):
            if source.suffix in SOURCES:
                read.update(source.read_bytes())
    return read.hexdigest()
