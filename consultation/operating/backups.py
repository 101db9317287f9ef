"""Copies of the database: taken while the site runs, and put back into an empty place."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from consultation import migrating
from consultation.clock import in_paris, now
from consultation.crypto import new_id
from consultation.operating import sealing

PAGES_AT_A_TIME = 2048
ABANDONED = timedelta(days=1)
"""How old a draft must be before it is one of a copy that was cut short."""
NAMED = re.compile(r"consultation-(\d{4}-\d\d-\d\d-\d{6})\.(?:sqlite|dump)(?:\.age)?")
NAME = "consultation-{0:%Y-%m-%d-%H%M%S}"


class BackupRefused(Exception):
    """A copy can't be taken or put back; the message says why and what to do."""


def backup(url: str, target: Path, recipients: str = "", *, work: Path | None = None) -> int:
    """Write a consistent copy of the database at `url` to `target`; return its size in bytes.

    Answers may come in meanwhile.  With `recipients` (public keys), it is sealed to them and what
    is clear stays in the folder `work`, beside `target` by default.  The keys of the site are not
    in it: keep a copy of them elsewhere.
    """
    keys = sealing.recipients_in(recipients)
    if target.exists():
        raise BackupRefused(f"{target} existe déjà : choisissez un autre nom.")
    draft = target.with_name(f".{target.name}.part")
    try:
        if keys:
            with _scratch(work or target.parent) as clear:
                _copy(url, clear)
                sealing.seal(clear, draft, keys)
        else:
            _copy(url, draft)
        _sync(draft)
        os.link(draft, target)
        _sync(target.parent)
    except OSError as error:
        raise BackupRefused(f"{target} ne peut être écrit ({error.strerror}).") from error
    except sqlite3.Error as error:
        raise BackupRefused(f"La base n'a pu être copiée ({error}).") from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def place_in(folder: Path, url: str, recipients: str, at: datetime) -> Path:
    """Return the name of a copy that is taken now, among others in `folder`."""
    ending = ("sqlite" if _is_sqlite(url) else "dump") + (".age" if recipients else "")
    return folder / f"{NAME.format(in_paris(at))}.{ending}"


def outlived(folder: Path, days: int, at: datetime) -> list[Path]:
    """Return the copies of `folder` that were taken more than `days` ago; no other file."""
    oldest = NAME.format(in_paris(at - timedelta(days=days)))
    names = sorted(path.name for path in folder.iterdir() if NAMED.fullmatch(path.name))
    return [folder / name for name in names if name.partition(".")[0] < oldest]


def check(
    url: str, source: Path, identity: Path | None = None, *, work: Path | None = None
) -> None:
    """Raise `BackupRefused` unless `source` is a whole copy that `url` has room for."""
    with _opened(url, source, identity, work):
        pass


def restore(
    url: str, source: Path, identity: Path | None = None, *, work: Path | None = None
) -> None:
    """Put the copy `source` into the empty place `url`; raise `BackupRefused`, `SealRefused`.

    `identity` is a file that holds the secret key of one to whom it was sealed.
    """
    with _opened(url, source, identity, work) as clear:
        if _is_sqlite(url):
            _put_file(_sqlite_path(url), clear)
        else:
            _run(
                "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction",
                f"--dbname={_libpq(url)}", str(clear),
            )  # fmt: skip


@contextmanager
def _opened(url: str, source: Path, identity: Path | None, work: Path | None) -> Iterator[Path]:
    """Lend the copy as its database reads it, once it is known to be whole and to have room."""
    if not source.is_file():
        raise BackupRefused(f"{source} est introuvable : vérifiez le chemin.")
    if _holds_tables(url):
        raise BackupRefused(
            "La base en place n'est pas vide : rien n'est remplacé. Restaurez dans un dossier"
            " HOME vide (ou une base vide), puis relancez le site sur celui-ci."
        )
    if not sealing.is_sealed(source):
        _check_content(url, source, source)
        yield source
        return
    if identity is None:
        raise BackupRefused(
            f"{source} est chiffrée : donnez par --identity le fichier de la clé qui l'ouvre."
        )
    try:
        with _scratch(work or source.parent) as clear:
            sealing.unseal(source, clear, identity)
            _check_content(url, clear, source)
            yield clear
    except OSError as error:
        raise BackupRefused(f"{source} ne peut être remise ({error.strerror}).") from error


def _check_content(url: str, copy: Path, source: Path) -> None:
    revision = _revision_of_file(copy) if _is_sqlite(url) else _revision_of_dump(copy)
    if revision is None:
        raise BackupRefused(f"{source} n'est pas une sauvegarde intacte de ce site.")
    if not migrating.is_known(revision):
        raise BackupRefused(
            f"{source} vient d'une version plus récente du site : installez d'abord celle-ci"
            " (CHANGELOG), puis recommencez."
        )


@contextmanager
def _scratch(work: Path) -> Iterator[Path]:
    """Lend a place for a clear copy, removed in the end; those of copies cut short go first."""
    for left in work.glob(".copy-*.part"):
        if left.stat().st_mtime < (now() - ABANDONED).timestamp():
            left.unlink(missing_ok=True)
    place = work / f".copy-{new_id()}.part"
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)


def _copy(url: str, target: Path) -> None:
    sealing.private(target).close()
    if not _is_sqlite(url):
        _run("pg_dump", "--format=custom", f"--file={target}", f"--dbname={_libpq(url)}")
        return
    source = _sqlite_path(url)
    if not source.exists():
        raise BackupRefused(f"Il n'y a pas encore de base dans {source.parent}.")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=PAGES_AT_A_TIME)
        copy.execute("PRAGMA journal_mode=DELETE")


def _put_file(place: Path, source: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.part")
    with source.open("rb") as clear, sealing.private(draft) as copy:
        shutil.copyfileobj(clear, copy)
    _sync(draft)
    for leftover in ("-wal", "-shm"):
        place.with_name(place.name + leftover).unlink(missing_ok=True)
    os.replace(draft, place)
    _sync(place.parent)


def _revision_of_file(copy: Path) -> str | None:
    """Return the migration that a copy of SQLite stands at, or None if it is not one of ours."""
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as opened:
            if opened.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return None
            opened.execute("SELECT 1 FROM response LIMIT 1")
            return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.DatabaseError, TypeError):
        return None


def _revision_of_dump(copy: Path) -> str | None:
    """Return the migration that a dump of PostgreSQL stands at, or None if it has none."""
    told = _run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(copy))
    found = re.search(r"^COPY \S*alembic_version .*\n(\S+)\n\\\.$", told, re.MULTILINE)
    return found[1] if found else None


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


def _libpq(url: str) -> str:
    """Return the address as PostgreSQL's own programs read it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        raise BackupRefused(
            f"Le programme {program} manque : installez les outils de PostgreSQL"
            " (paquet postgresql-client)."
        )
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools, no shell, the operator's words
        [program, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["sans message"])[-1]
        raise BackupRefused(f"{program} a échoué : {last}")
    return done.stdout


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
