"""Key files: created once, replaced atomically, copied on paper with checksums."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from consultation import files

ENCRYPTION = "encryption_keys"
NAMES = ("secret_key", ENCRYPTION, "link_key", "index_key")
LASTING = ("link_key", "index_key")
"""Never rotated: links and indexes in the database depend on them."""
MAKE_MISSING = ".make_missing"
"""Lock file of their creation; while it exists, missing files are created."""
SUM_LENGTH = 8

State = tuple[int, int, int]


class FileLost(Exception):
    """A key file is missing beside others: its keys can't be recreated."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)


@dataclass(frozen=True)
class Line:
    """One key as its paper copy shows it, with a checksum that finds a mistyped letter."""

    file: str
    number: int
    key: str

    @property
    def sum(self) -> str:
        return _sum(self.key)


def read_or_make(directory: Path) -> dict[str, list[str]]:
    """Return the keys of all files, by file name, created in an empty folder; raise `FileLost`.

    Several processes may start at once.
    """
    if _missing(directory) or (directory / MAKE_MISSING).exists():
        _make(directory)
    return {name: read(directory / name) for name in NAMES}


def _make(directory: Path) -> None:
    """Create the missing files, one process at a time, also after an interrupted first start."""
    is_first = len(_missing(directory)) == len(NAMES)
    lock = directory / MAKE_MISSING
    try:
        handle = os.open(lock, os.O_WRONLY | (os.O_CREAT if is_first else 0), 0o600)
    except FileNotFoundError:
        if is_first:
            raise
        if lost := _missing(directory):  # else another process has just made them
            raise FileLost(directory / lost[0]) from None
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for name in _missing(directory):
            replace(directory / name, [new_key()])
        lock.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _missing(directory: Path) -> list[str]:
    return [name for name in NAMES if not (directory / name).exists()]


def read(path: Path) -> list[str]:
    """Return the keys of a file, in order; raise ValueError for an empty file."""
    keys = path.read_text("ascii").split()
    if not keys:
        raise ValueError("a file of keys without any")
    return keys


def replace(path: Path, keys: Sequence[str]) -> None:
    """Replace the keys of a file atomically, on disk before this returns."""
    os.replace(_draft(path, keys), path)
    files.sync(path.parent)


def state(path: Path) -> State:
    """Return a value that changes whenever the file is replaced."""
    status = path.stat()
    return status.st_mtime_ns, status.st_ino, status.st_size


def new_key() -> str:
    return Fernet.generate_key().decode()


def lines(directory: Path) -> Iterator[Line]:
    """Yield every key of the installation."""
    for name in NAMES:
        for number, key in enumerate(read(directory / name), 1):
            yield Line(name, number, key)


def whole_sum(directory: Path) -> str:
    """Return the checksum of all keys together."""
    return _sum("\n".join(f"{line.file} {line.key}" for line in lines(directory)))


def lasting_sum(directory: Path) -> str:
    """Return the checksum of the keys that are never rotated, the first line of each file."""
    return _sum(
        "\n".join(
            f"{line.file} {line.key}"
            for line in lines(directory)
            if line.file in LASTING and line.number == 1
        )
    )


def _sum(text: str) -> str:
    # A short hash of 256 random bits reveals nothing of the key.
    return hashlib.sha256(text.encode()).hexdigest()[:SUM_LENGTH].upper()


def _draft(path: Path, keys: Sequence[str]) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    return draft
