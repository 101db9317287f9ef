"""Backup and restore of the database, and the resumption of an interrupted restore."""

import glob
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import files
from consultation.accounts.audit import audit_log
from consultation.clock import in_paris, now
from consultation.crypto.keyring import new_id
from consultation.db import erasure_log, upgrade
from consultation.db.base import writing
from consultation.operations.backups import content, encryption, postgresql, schemas, signatures

PAGES_AT_A_TIME = 2048
ABANDONED = timedelta(days=1)
"""Age from which a draft is left over from an interrupted copy."""
NAMED = re.compile(r"consultation-(\d{4}-\d\d-\d\d-\d{6})\.(?:sqlite|dump)(?:\.age)?")
NAME = "consultation-{0:%Y-%m-%d-%H%M%S}"

Judge = Callable[[Path], None]
"""Called with an intact, unsealed copy; raises to refuse it."""


class BackupRefused(Exception):
    """A copy can't be made or restored; the message says in French why and what to do."""


def _take_any(_copy: Path) -> None:
    """Accept every copy."""


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
    draft = _draft_of(target)
    try:
        _sweep(target.parent, ".consultation-*.part")
        if _is_sqlite(url):
            place = _sqlite_path(url)
            _sweep(place.parent, glob.escape(_draft_of(place).name))
        if keys:
            with _scratch(work or target.parent) as clear:
                _copy(url, clear, signing_key)
                encryption.seal(clear, draft, keys)
        else:
            _copy(url, draft, signing_key)
        files.sync(draft)
        os.link(draft, target)
        files.sync(target.parent)
    except OSError as error:
        raise BackupRefused(f"{target} ne peut être écrit ({error.strerror}).") from error
    except sqlite3.Error as error:
        raise BackupRefused(f"La base n'a pu être copiée ({error}).") from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def place_in(folder: Path, url: str, recipients: str, at: datetime) -> Path:
    """Return the path of a copy made at `at` in `folder`."""
    ending = ("sqlite" if _is_sqlite(url) else "dump") + (".age" if recipients else "")
    return folder / f"{NAME.format(in_paris(at))}.{ending}"


def outlived(folder: Path, days: int, at: datetime) -> list[Path]:
    """Return the copies in `folder` that are older than `days`; never another file."""
    oldest = NAME.format(in_paris(at - timedelta(days=days)))
    names = sorted(path.name for path in folder.iterdir() if NAMED.fullmatch(path.name))
    return [folder / name for name in names if name.partition(".")[0] < oldest]


def check(
    url: str,
    source: Path,
    identity: Path | None = None,
    *,
    work: Path | None = None,
    judge: Judge = _take_any,
) -> None:
    """Raise `BackupRefused` unless `source` is intact and the database at `url` is empty.

    `judge` is called then; what it raises refuses the copy.
    """
    with _opened(url, source, identity, work) as clear:
        judge(clear)


def restore(
    url: str,
    source: Path,
    identity: Path | None = None,
    *,
    work: Path | None = None,
    judge: Judge = _take_any,
) -> None:
    """Restore `source` into the empty database at `url`; raise `BackupRefused`, `SealRefused`.

    `identity` is a file with the secret key of one recipient.  `judge` is called as by `check`,
    before anything is written.
    """
    with _opened(url, source, identity, work) as clear:
        judge(clear)
        if _is_sqlite(url):
            _put_file(_sqlite_path(url), clear)
        else:
            postgresql.run(
                "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(clear),
                url=url,
            )  # fmt: skip


@contextmanager
def _opened(url: str, source: Path, identity: Path | None, work: Path | None) -> Iterator[Path]:
    """Yield the path of the unsealed copy, checked to be intact and to have an empty target."""
    if not source.is_file():
        raise BackupRefused(f"{source} est introuvable : vérifiez le chemin.")
    if _holds_tables(url):
        raise BackupRefused(
            "La base en place n'est pas vide : rien n'est remplacé. Restaurez dans un dossier"
            " HOME vide (ou une base vide), puis relancez le site sur celui-ci."
        )
    try:
        with _unsealed(source, identity, work or source.parent) as clear:
            _check_content(url, clear, source)
            yield clear
    except OSError as error:
        raise BackupRefused(f"{source} ne peut être remise ({error.strerror}).") from error


@contextmanager
def _unsealed(source: Path, identity: Path | None, work: Path) -> Iterator[Path]:
    if not encryption.is_sealed(source):
        yield source
        return
    if identity is None:
        raise BackupRefused(
            f"{source} est chiffrée : donnez par --identity le fichier de la clé qui l'ouvre."
        )
    with _scratch(work) as clear:
        encryption.unseal(source, clear, identity)
        yield clear


def _check_content(url: str, copy: Path, source: Path) -> None:
    if content.is_of_sqlite(copy) != _is_sqlite(url) or not (revision := content.revision(copy)):
        raise BackupRefused(f"{source} n'est pas une sauvegarde intacte de ce site.")
    if not upgrade.is_known(revision):
        raise BackupRefused(
            f"{source} vient d'une version plus récente du site : installez d'abord celle-ci"
            " (CHANGELOG), puis recommencez."
        )


@contextmanager
def _scratch(work: Path) -> Iterator[Path]:
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
    if _is_sqlite(url):
        _copy_file(_sqlite_path(url), target)
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


def _put_file(place: Path, source: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft_of(place)
    try:
        with source.open("rb") as clear, encryption.private(draft) as copy:
            shutil.copyfileobj(clear, copy)
            copy.truncate(signatures.content_size(source))
        files.sync(draft)
        for leftover in ("-wal", "-shm"):
            place.with_name(place.name + leftover).unlink(missing_ok=True)
        os.replace(draft, place)
    finally:
        draft.unlink(missing_ok=True)
    files.sync(place.parent)


def _draft_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.part")


def _holds_tables(url: str) -> bool:
    if _is_sqlite(url) and not _sqlite_path(url).exists():
        return False
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        return bool(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _is_sqlite(url: str) -> bool:
    return sa.make_url(url).get_backend_name() == "sqlite"


def _sqlite_path(url: str) -> Path:
    return Path(str(sa.make_url(url).database))


MARK = "restoring"


@dataclass(frozen=True)
class Accepted:
    """What was accepted of a restored copy that could not be verified."""

    differences: int = 0
    """Differences from what the site had written."""
    is_unsigned: bool = False
    """Whether its signature is missing, or could not be checked."""


def begin(home: Path, accepted: Accepted) -> None:
    """Mark on disk that a restore begins: the copy may hold data that was erased since."""
    with encryption.private(home / MARK) as mark:
        mark.write(json.dumps(asdict(accepted)).encode())
    files.sync(home / MARK)
    files.sync(home)


def finish(session: Session, home: Path, at: datetime) -> int | None:
    """Replay the erasure log in one transaction, then remove the mark of `begin`.

    The same transaction records what was accepted of the copy.  Returns the number of erasures,
    None without a log; raises `ListDamaged`.
    """
    accepted = _accepted(home)
    with writing(session):
        erased = erasure_log.replay(session, home / erasure_log.NAME, at)
        if accepted.differences:
            details = {"count": accepted.differences}
            audit_log.record(session, None, "tampered_backup_restored", details=details, at=at)
        if accepted.is_unsigned:
            audit_log.record(session, None, "unsigned_backup_restored", at=at)
    (home / MARK).unlink(missing_ok=True)
    return erased


def _accepted(home: Path) -> Accepted:
    """Return what `begin` stored; nothing if it was interrupted or an earlier version began."""
    try:
        return Accepted(**json.loads((home / MARK).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return Accepted()


def finish_if_cut_short(session: Session, home: Path, at: datetime) -> None:
    """Call `finish` if a restore was interrupted; must run before anything reads the database."""
    if (home / MARK).exists():
        finish(session, home, at)
