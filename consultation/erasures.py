"""The list of what was erased for good: a file of its own, so that a restored backup forgets again.

It holds ids and ranges, never a word or an address.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

NAME = "erasures.jsonl"

Entry = Mapping[str, Any]
Replay = Callable[[Session, Entry, datetime], None]

_replays: dict[str, Replay] = {}


def register_replay(kind: str, replay: Replay) -> None:
    """Say how erasures of `kind` are done again on a restored database, once or more often."""
    _replays[kind] = replay


def note(home: Path, kind: str, at: datetime, **what: Any) -> None:
    """Add an erasure to the list, on disk before this returns; raise OSError.

    To be called before the erasure is committed: what is listed and was not done does no harm.
    """
    entry = {"kind": kind, "at": at.isoformat(), **what}
    handle = os.open(home / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(home, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def replay(session: Session, path: Path, at: datetime) -> int | None:
    """Do every listed erasure again; return how many, or None when there is no list.

    To be called inside `writing`.
    """
    if not path.exists():
        return None
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    for entry in entries:
        _replays[entry["kind"]](session, entry, at)
    return len(entries)
