"""Backup of the database: a consistent copy, sealed and signed, made while the site runs."""

import glob
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from consultation import files
from consultation.clock import in_paris, now
from consultation.crypto.keyring import new_id
from consultation.operations.backups import encryption, postgresql, schemas, signatures

PAGES_AT_A_TIME = 2048
ABANDONED = timedelta(days=1)
"""Age from which a draft is left over from an interrupted copy."""
NAMED = re.compile(r"consultation-(\d{4}-\d\d-\d\d-\d{6})\.(?:sqlite|dump)(?:\.age)?")
NAME = "consultation-{0:%Y-%m-%d-%H%M%S}"


class BackupRefused(Exception):
    """A copy can't be made or restored; the message says in French why and what to do."""


def backup(
    url: str,
    target: Path,
    recipients: str = "",
    *,
    work: Path | None = None,
    signing_key: bytes | None = None,
) -> int:
    """Write a consistent copy of the database at `url` to `target`; return its size in bytes.

    With a `signing_key` it is signed, which `signatures.state` checks.  The site may write during
    the copy.  With `recipients` (public keys) it is sealed to them, and the clear copy is made in
    the folder `work`, by default beside `target`.  The site's keys are not in it: copy them
    elsewhere.
    """
    keys = encryption.recipients_in(recipients)
    if target.exists():
        raise BackupRefused(f"{target} existe déjà : choisissez un autre nom.")
    draft = draft_of(target)
    try:
        _sweep(target.parent, ".consultation-*.part")
        if is_sqlite(url):
            place = sqlite_path(url)
            _sweep(place.parent, glob.escape(draft_of(place).name))
        if keys:
            with scratch(work or target.parent) as clear:
                _copy(url, clear, signing_key)
                encryption.seal(clear, draft, keys)
        else:
            _copy(url, draft, signing_key)
        files.sync(draft)
        os.link(draft, target)
        files.sync(target.parent)
    except OSError as error:
        raise BackupRefused(f"{target} ne peut pas être écrit ({error.strerror}).") from error
    except sqlite3.Error as error:
        raise BackupRefused(f"La base n'a pas pu être copiée ({error}).") from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def place_in(folder: Path, url: str, recipients: str, at: datetime) -> Path:
    """Return the path of a copy made at `at` in `folder`."""
    ending = ("sqlite" if is_sqlite(url) else "dump") + (".age" if recipients else "")
    return folder / f"{NAME.format(in_paris(at))}.{ending}"


def outlived(folder: Path, days: int, at: datetime) -> list[Path]:
    """Return the copies in `folder` that are older than `days`; never another file."""
    oldest = NAME.format(in_paris(at - timedelta(days=days)))
    names = sorted(path.name for path in folder.iterdir() if NAMED.fullmatch(path.name))
    return [folder / name for name in names if name.partition(".")[0] < oldest]


@contextmanager
def scratch(work: Path) -> Iterator[Path]:
    """Yield a path for a clear copy, removed at the end, and remove those left by interruptions."""
    _sweep(work, ".copy-*.part")
    place = work / f".copy-{new_id()}.part"
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)


def _sweep(folder: Path, drafts: str) -> None:
    """Remove drafts left by interrupted copies, and their journals."""
    for left in (*folder.glob(drafts), *folder.glob(f"{drafts}-journal")):
        with suppress(FileNotFoundError):  # another process sweeps too
            if left.stat().st_mtime < (now() - ABANDONED).timestamp():
                left.unlink()


def _copy(url: str, target: Path, signing_key: bytes | None) -> None:
    encryption.private(target).close()
    if is_sqlite(url):
        _copy_file(sqlite_path(url), target)
    else:
        without = f"--exclude-table={schemas.COUNTS}"
        postgresql.run("pg_dump", "--format=custom", without, f"--file={target}", url=url)
    if signing_key is not None:
        signatures.sign(target, signing_key, now())


def _copy_file(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupRefused(f"Il n'y a pas encore de base dans {source.parent}.")
    with (
        closing(sqlite3.connect(source, isolation_level=None)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        # One snapshot: without it, each commit of another process would restart the copy.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        live.backup(copy, pages=PAGES_AT_A_TIME)
        copy.execute("PRAGMA journal_mode=DELETE")


def draft_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.part")


def is_sqlite(url: str) -> bool:
    return sa.make_url(url).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path:
    return Path(str(sa.make_url(url).database))
