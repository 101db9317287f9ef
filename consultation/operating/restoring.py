"""What a restore that is cut short leaves to do: the erasures since its copy, done once more."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from consultation import disk, erasures
from consultation.database import writing

MARK = "restoring"


def begin(home: Path) -> None:
    """Note on disk that a copy is put back from now on, which may hold what was erased since."""
    (home / MARK).touch(mode=0o600)
    disk.sync(home)


def finish(session: Session, home: Path, at: datetime) -> int | None:
    """Do the listed erasures again, in a transaction of its own, and take the note away.

    Return how many, or None when there is no list; raise `ListDamaged`.
    """
    with writing(session):
        erased = erasures.replay(session, home / erasures.NAME, at)
    (home / MARK).unlink(missing_ok=True)
    return erased


def finish_if_cut_short(session: Session, home: Path, at: datetime) -> None:
    """Do so where the restore did not come to it: nothing else may look at the copy before."""
    if (home / MARK).exists():
        finish(session, home, at)
