"""The list of what was erased for good: a file of its own, so that a restored backup forgets again.

It holds ids and ranges, never a word or an address.
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
    """Say how erasures of `kind` are done again on a restored database, once or more often."""
    _replays[kind] = replay


class ListDamaged(Exception):
    """A line of the list can't be read; the message says which, and what to do."""


def note(home: Path, kind: str, at: datetime, **what: Any) -> None:
    """Add an erasure to the list, on disk before this returns; raise OSError.

    To be called before the erasure is committed: what is listed and was not done does no harm.
    """
    _append(home, [{"kind": kind, "at": at.isoformat(), **what}])


def read(path: Path) -> list[Entry] | None:
    """Return what a list holds, or None when there is no list; raise `ListDamaged`."""
    if not path.exists():
        return None
    lines = enumerate(path.read_bytes().splitlines(), 1)
    return [_entry(path, number, line) for number, line in lines if line.strip()]


def add(home: Path, entries: Sequence[Entry]) -> None:
    """Add what the list of `home` lacks of another; raise OSError, `ListDamaged`."""
    held = read(home / NAME) or []
    if lacking := [entry for entry in entries if entry not in held]:
        _append(home, lacking)


def replay(session: Session, path: Path, at: datetime) -> int | None:
    """Do every listed erasure again; return how many, or None when there is no list.

    To be called inside `writing`; raise `ListDamaged` before anything is done.
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
    """Write whole lines, or nothing, at the end of the list."""
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
