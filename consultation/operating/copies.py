"""What a copy of the database holds, read before it is put back."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from consultation.operating import programs

SQLITE = b"SQLite format 3\0"

Rows = Callable[[str], Iterator[Mapping[str, Any]]]
"""What gives the rows of a table, as they are stored, by column: none if the copy lacks it."""


def rows(copy: Path, table: str) -> Iterator[Mapping[str, Any]]:
    """Give the rows of a table of a copy, whatever version it is of; raise `ProgramFailed`."""
    if is_of_sqlite(copy):
        return _rows_of_file(copy, table)
    return programs.rows_of_dump(str(copy), table)


def is_of_sqlite(copy: Path) -> bool:
    """Say which database a copy is of: a file of SQLite, else a dump of PostgreSQL."""
    with copy.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def revision(copy: Path) -> str | None:
    """Return the migration that a copy stands at, or None if it is not one of ours, or damaged."""
    try:
        if not _is_whole(copy):
            return None
        [stands] = rows(copy, "alembic_version")
    except (sqlite3.DatabaseError, ValueError):
        return None
    return str(stands["version_num"])


def _is_whole(copy: Path) -> bool:
    if not is_of_sqlite(copy):
        return True
    with closing(_open(copy)) as opened:
        return bool(opened.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def _rows_of_file(copy: Path, table: str) -> Iterator[Mapping[str, Any]]:
    with closing(_open(copy)) as opened:
        opened.row_factory = sqlite3.Row
        wanted = sa.select(sa.text("name")).select_from(sa.table("sqlite_schema"))
        if (table,) not in map(tuple, opened.execute(str(wanted))):
            return
        everything = sa.select(sa.text("*")).select_from(sa.table(table))
        for row in opened.execute(str(everything)):
            yield dict(row)


def _open(copy: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)
