"""Copies of the database: taken while the site runs, and put back into an empty place."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

PAGES_AT_A_TIME = 2048


class BackupRefused(Exception):
    """A copy can't be taken or put back; the message says why and what to do."""


def backup(url: str, target: Path) -> int:
    """Write a consistent copy of the database at `url` to `target`; return its size in bytes.

    Answers may come in meanwhile.  The keys are not in it: keep a copy of them elsewhere.
    """
    if target.exists():
        raise BackupRefused(f"{target} existe déjà : choisissez un autre nom.")
    draft = target.with_name(f".{target.name}.part")
    try:
        if _is_sqlite(url):
            _copy(_sqlite_path(url), draft)
        else:
            _run("pg_dump", "--format=custom", f"--file={draft}", f"--dbname={_libpq(url)}")
        _sync(draft)
        os.link(draft, target)
    except OSError as error:
        raise BackupRefused(f"{target} ne peut être écrit ({error.strerror}).") from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def check(url: str, source: Path) -> None:
    """Raise `BackupRefused` unless `source` is a whole copy that `url` has room for."""
    if not source.is_file():
        raise BackupRefused(f"{source} est introuvable : vérifiez le chemin.")
    if _is_sqlite(url):
        _check_file(source)
    else:
        _run("pg_restore", "--list", str(source))
    if _holds_tables(url):
        raise BackupRefused(
            "La base en place n'est pas vide : rien n'est remplacé. Restaurez dans un dossier"
            " HOME vide (ou une base vide), puis relancez le site sur celui-ci."
        )


def restore(url: str, source: Path) -> None:
    """Put the copy `source` into the empty place `url`; raise `BackupRefused`."""
    check(url, source)
    if _is_sqlite(url):
        place = _sqlite_path(url)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.part")
        shutil.copyfile(source, draft)
        _sync(draft)
        for leftover in ("-wal", "-shm"):
            place.with_name(place.name + leftover).unlink(missing_ok=True)
        os.replace(draft, place)
    else:
        _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_libpq(url)}", str(source))


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupRefused(f"Il n'y a pas encore de base dans {source.parent}.")
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=PAGES_AT_A_TIME)
        copy.execute("PRAGMA journal_mode=DELETE")
    target.chmod(0o600)


def _check_file(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            is_ours = copy.execute(
                "SELECT count(*) FROM sqlite_master WHERE name IN ('response', 'alembic_version')"
            ).fetchone()[0]
    except sqlite3.DatabaseError:
        verdict, is_ours = "unreadable", 0
    if verdict != "ok" or is_ours != 2:
        raise BackupRefused(f"{source} n'est pas une sauvegarde intacte de ce site.")


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


def _run(program: str, *arguments: str) -> None:
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


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
