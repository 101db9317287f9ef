"""Attachment files of incoming mail: encrypted, one each, outside the database."""

import base64
import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from consultation import files
from consultation.crypto.keyring import keyring
from consultation.text import clean_line, shows_nothing

FOLDER = "inbox"
LONGEST_NAME = 120
NAMELESS = "piece-jointe"
# Separators of paths, and the marks that let « gpj.exe » be read backwards.
_UNSAFE = re.compile('[\\\\/:*?"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def write(home: Path, public_id: str, content: bytes) -> None:
    """Write the file of an attachment durably, before its row is stored; raise OSError."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _put(folder / public_id, keyring.encrypt(base64.b64encode(content).decode()))


def renew(path: Path, sealed: bytes) -> None:
    """Replace a file by its content under another key; its age stays."""
    status = path.stat()
    _put(path, sealed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def read(home: Path, public_id: str) -> bytes | None:
    """Return the content of a file, or None when it is gone; raise `Unreadable`."""
    try:
        token = (home / FOLDER / public_id).read_bytes()
    except FileNotFoundError:
        return None
    return base64.b64decode(keyring.decrypt(token))


def remove(home: Path, public_ids: Iterable[str]) -> None:
    """Remove files, those that are gone included."""
    for public_id in public_ids:
        (home / FOLDER / public_id).unlink(missing_ok=True)


def names(home: Path) -> list[str]:
    """Return the names of all files, half-written ones included."""
    folder = home / FOLDER
    return [it.name for it in folder.iterdir()] if folder.is_dir() else []


def older_than(home: Path, moment: datetime) -> list[str]:
    """Return the names of the files written before `moment`, half-written ones included."""
    folder = home / FOLDER
    if not folder.is_dir():
        return []
    return [it.name for it in folder.iterdir() if it.stat().st_mtime < moment.timestamp()]


def safe_name(name: str | None) -> str:
    """Return a name under which any system can save a file."""
    kept = _UNSAFE.sub("_", clean_line(name or "")).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if shows_nothing(stem or kept):
        return f"{NAMELESS}.{ending}" if not shows_nothing(ending) and dot else NAMELESS
    if len(kept) > LONGEST_NAME and dot and len(ending) < LONGEST_NAME:
        kept = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return kept[:LONGEST_NAME] or NAMELESS


def _put(path: Path, sealed: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    files.sync(path.parent)
