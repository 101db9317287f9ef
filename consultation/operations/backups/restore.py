"""Restore of a backup into an empty database, resumed if it was interrupted.

`restore` writes the copy; between `begin` and `finish` a mark on disk says that the erasures made
since the copy are still to be replayed.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import files
from consultation.accounts.audit import audit_log
from consultation.db import erasure_log, upgrade
from consultation.db.base import writing
from consultation.operations.backups import content, encryption, postgresql, signatures
from consultation.operations.backups.backup import (
    BackupRefused,
    draft_of,
    is_sqlite,
    scratch,
    sqlite_path,
)

MARK = "restoring"

Judge = Callable[[Path], None]
"""Called with an intact, unsealed copy; raises to refuse it."""


@dataclass(frozen=True)
class Accepted:
    """What was accepted of a restored copy that could not be verified."""

    differences: int = 0
    """Differences from what the site had written."""
    is_unsigned: bool = False
    """Whether its signature is missing, or could not be checked."""


def _take_any(_copy: Path) -> None:
    """Accept every copy."""


def check(
    url: str,
    source: Path,
    identity: Path | None = None,
    *,
    work: Path | None = None,
    judge: Judge = _take_any,
) -> None:
    """Raise `BackupRefused` unless `source` is intact, whatever the database at `url` holds.

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
    if _holds_tables(url):
        raise BackupRefused(
            "La base en place n'est pas vide : rien n'est remplacé. Restaurez dans un dossier"
            " HOME vide (ou une base vide), puis relancez le site sur celui-ci."
        )
    with _opened(url, source, identity, work) as clear:
        judge(clear)
        if is_sqlite(url):
            _put_file(sqlite_path(url), clear)
        else:
            postgresql.run(
                "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(clear),
                url=url,
            )  # fmt: skip


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
    """Return the record of `begin`; nothing if it was interrupted or an earlier version began."""
    try:
        return Accepted(**json.loads((home / MARK).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return Accepted()


def finish_if_cut_short(session: Session, home: Path, at: datetime) -> None:
    """Call `finish` if a restore was interrupted; must run before anything reads the database."""
    if (home / MARK).exists():
        finish(session, home, at)


@contextmanager
def _opened(url: str, source: Path, identity: Path | None, work: Path | None) -> Iterator[Path]:
    """Yield the path of the unsealed copy, checked to be intact and of the database's kind."""
    if not source.is_file():
        raise BackupRefused(f"{source} est introuvable : vérifiez le chemin.")
    try:
        with _unsealed(source, identity, work or source.parent) as clear:
            _check_content(url, clear, source)
            yield clear
    except OSError as error:
        raise BackupRefused(f"{source} ne peut pas être remise ({error.strerror}).") from error


OF_SQLITE = (
    "est la copie d'une base SQLite, et CONSULTATION_DATABASE_URL désigne une base PostgreSQL :"
    " rien n'est remis. Donnez un HOME vide et ôtez CONSULTATION_DATABASE_URL ; la base est alors"
    " un fichier de HOME."
)
OF_POSTGRESQL = (
    "est la copie d'une base PostgreSQL, et ce site garde la sienne dans un fichier SQLite : rien"
    " n'est remis. Créez une base PostgreSQL vide (docs/deploiement.md), et donnez son adresse par"
    " CONSULTATION_DATABASE_URL."
)
"""Why a copy of the other kind of database is refused, and what to do."""


@contextmanager
def _unsealed(source: Path, identity: Path | None, work: Path) -> Iterator[Path]:
    if not encryption.is_sealed(source):
        yield source
        return
    if identity is None:
        raise BackupRefused(
            f"{source} est chiffrée : donnez par --identity le fichier de la clé qui l'ouvre."
        )
    with scratch(work) as clear:
        encryption.unseal(source, clear, identity)
        yield clear


def _check_content(url: str, copy: Path, source: Path) -> None:
    if content.is_dump(copy) if is_sqlite(url) else content.is_of_sqlite(copy):
        raise BackupRefused(f"{source} {OF_POSTGRESQL if is_sqlite(url) else OF_SQLITE}")
    if content.is_of_sqlite(copy) != is_sqlite(url) or not (revision := content.revision(copy)):
        raise BackupRefused(f"{source} n'est pas une sauvegarde intacte de ce site.")
    if not upgrade.is_known(revision):
        raise BackupRefused(
            f"{source} vient d'une version plus récente du site : installez d'abord celle-ci"
            " (CHANGELOG), puis recommencez."
        )


def _put_file(place: Path, source: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = draft_of(place)
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


def _holds_tables(url: str) -> bool:
    if is_sqlite(url) and not sqlite_path(url).exists():
        return False
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        return bool(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()
