"""What a restore that is cut short leaves to do: the erasures since its copy, done once more."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from consultation import disk, erasures
from consultation.accounts import auditing
from consultation.database import writing
from consultation.operating import sealing

MARK = "restoring"


@dataclass(frozen=True)
class Accepted:
    """What was put back although it could not be vouched for."""

    differences: int = 0
    """From what the site had written."""
    is_unsigned: bool = False
    """Whether its signature is missing, or could not be checked."""


def begin(home: Path, accepted: Accepted) -> None:
    """Note on disk that a copy is put back from now on, which may hold what was erased since."""
    with sealing.private(home / MARK) as mark:
        mark.write(json.dumps(asdict(accepted)).encode())
    disk.sync(home / MARK)
    disk.sync(home)


def finish(session: Session, home: Path, at: datetime) -> int | None:
    """Do the listed erasures again, in a transaction of its own, and take the note away.

    What was accepted of the copy is recorded in the same one.
    Return how many, or None when there is no list; raise `ListDamaged`.
    """
    accepted = _accepted(home)
    with writing(session):
        erased = erasures.replay(session, home / erasures.NAME, at)
        if accepted.differences:
            details = {"count": accepted.differences}
            auditing.record(session, None, "tampered_backup_restored", details=details, at=at)
        if accepted.is_unsigned:
            auditing.record(session, None, "unsigned_backup_restored", at=at)
    (home / MARK).unlink(missing_ok=True)
    return erased


def _accepted(home: Path) -> Accepted:
    """Return what `begin` noted: nothing where it was cut short, or an earlier version began."""
    try:
        return Accepted(**json.loads((home / MARK).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return Accepted()


def finish_if_cut_short(session: Session, home: Path, at: datetime) -> None:
    """Do so where the restore did not come to it: nothing else may look at the copy before."""
    if (home / MARK).exists():
        finish(session, home, at)
