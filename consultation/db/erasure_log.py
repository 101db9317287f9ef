"""Erasure log: an append-only file of erased ids, replayed on a restored backup.

Holds ids and ranges, never a text or an address.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from consultation import files

NAME = "erasures.jsonl"

Entry = Mapping[str, Any]
Replay = Callable[[Session, Entry, datetime], None]

_replays: dict[str, Replay] = {}


def register_replay(kind: str, replay: Replay) -> None:
    """Register how erasures of `kind` are repeated on a restored database; must be idempotent."""
    _replays[kind] = replay


class ListDamaged(Exception):
    """A line of the log can't be read; the message says in French which, and what to do."""


def note(home: Path, kind: str, at: datetime, **what: Any) -> None:
    """Append an erasure, on disk before this returns; raise OSError.

    Call it before the erasure is committed: an entry without its erasure does no harm.
    """
    _append(home, [{"kind": kind, "at": at.isoformat(), **what}])


def read(path: Path) -> list[Entry] | None:
    """Return the entries of a log, None when there is no file; raise `ListDamaged`."""
    if not path.exists():
        return None
    lines = enumerate(path.read_bytes().splitlines(), 1)
    return [_entry(path, number, line) for number, line in lines if line.strip()]


def add(home: Path, entries: Sequence[Entry]) -> None:
    """Append the entries that the log of `home` lacks; raise OSError, `ListDamaged`."""
    present = read(home / NAME) or []
    if lacking := [entry for entry in entries if entry not in present]:
        _append(home, lacking)


def replay(session: Session, path: Path, at: datetime) -> int | None:
    """Repeat every erasure of a log, inside `writing`; return how many, None without a file.

    Raises `ListDamaged` before anything is erased.
    """
    entries = read(path)
    if entries is None:
        return None
    for entry in entries:
        _replays[entry["kind"]](session, entry, at)
    return len(entries)


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        kind = (entry := json.loads(line))["kind"]
    except (ValueError, TypeError, KeyError):
        raise ListDamaged(
            f"La ligne {number} de {path} est abîmée : rien n'est remis. Ôtez-en ce qui est coupé,"
            " gardez ce qui est entier, chaque effacement sur sa ligne, puis recommencez."
        ) from None
    if kind not in _replays:
        raise ListDamaged(
            f"La ligne {number} de {path} vient d'une version plus récente du site : rien n'est"
            " remis. Installez d'abord celle-ci (CHANGELOG), puis recommencez."
        )
    return entry  # type: ignore[no-any-return]  # JSON, of which `note` wrote the rest


def _append(home: Path, entries: Iterable[Entry]) -> None:
    """Append whole lines, or nothing."""
    lines = "".join(json.dumps(entry) + "\n" for entry in entries).encode()
    handle = os.open(home / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":  # of a line that a power cut ended
            lines = b"\n" + lines
        try:
            _write(handle, lines)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    files.sync(home)


def _write(handle: int, lines: bytes) -> None:
    while lines:
        lines = lines[os.write(handle, lines) :]
    os.fsync(handle)
