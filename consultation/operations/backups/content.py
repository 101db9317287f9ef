"""Content of a backup: rows and checksums of its tables, read before it is restored."""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from consultation.operations.backups import postgresql

SQLITE, DUMP = b"SQLite format 3\0", b"PGDMP"

Rows = Callable[[str], Iterator[Mapping[str, Any]]]
"""Yields the rows of a table by column, as stored; none if the copy lacks the table."""

_COPIED = re.compile(r"COPY (?:\w+\.)?\"?(\w+)\"? \(.*\) FROM stdin;\n")


class Content(NamedTuple):
    """Number of rows of a table, and their checksum."""

    rows: int
    sum: str


def rows(copy: Path, table: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table of a copy of any version; raise `ProgramFailed`."""
    if is_of_sqlite(copy):
        return _rows_of_file(copy, table)
    return postgresql.rows_of_dump(str(copy), table)


def is_of_sqlite(copy: Path) -> bool:
    """Return whether a copy is a file of SQLite, else a dump of PostgreSQL."""
    with copy.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def is_dump(copy: Path) -> bool:
    """Return whether a copy is a dump of PostgreSQL."""
    with copy.open("rb") as file:
        return file.read(len(DUMP)) == DUMP


def revision(copy: Path) -> str | None:
    """Return the migration of a copy, None if it is damaged or not one of ours."""
    try:
        return version_of(copy) if _is_whole(copy) else None
    except (sqlite3.DatabaseError, ValueError):
        return None


def version_of(copy: Path) -> str:
    """Return the migration of an intact copy; raise ValueError if it is not one of ours."""
    [row] = rows(copy, "alembic_version")
    return str(row["version_num"])


def contents(copy: Path) -> dict[str, Content]:
    """Return the content of each table; raise `ProgramFailed`, or sqlite3's errors."""
    return _tablesof_file(copy) if is_of_sqlite(copy) else _tablesof_dump(copy)


def _tablesof_file(copy: Path) -> dict[str, Content]:
    tables = {}
    with closing(open_file(copy)) as opened:
        opened.text_factory = bytes
        for name in map(bytes.decode, _table_names(opened)):
            digest, count = hashlib.sha256(), 0
            for row in opened.execute(_whole(name)):
                digest.update(repr(row).encode())
                count += 1
            tables[name] = Content(count, digest.hexdigest())
    return tables


def _tablesof_dump(copy: Path) -> dict[str, Content]:
    tables: dict[str, Content] = {}
    table: str | None = None
    digest, count = hashlib.sha256(), 0
    for line in postgresql.lines_of_dump(str(copy), "--data-only"):
        if table is None:
            if begun := _COPIED.fullmatch(line):
                table, digest, count = begun[1], hashlib.sha256(), 0
        elif line.startswith(postgresql.END):
            tables[table], table = Content(count, digest.hexdigest()), None
        else:
            digest.update(line.encode(errors="surrogateescape"))
            count += 1
    return tables


def _is_whole(copy: Path) -> bool:
    if not is_of_sqlite(copy):
        return True
    with closing(open_file(copy)) as opened:
        return bool(opened.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def _rows_of_file(copy: Path, table: str) -> Iterator[Mapping[str, Any]]:
    with closing(open_file(copy)) as opened:
        if table not in _table_names(opened):
            return
        opened.row_factory = sqlite3.Row
        for row in opened.execute(_whole(table)):
            yield dict(row)


def _table_names(opened: sqlite3.Connection) -> list[Any]:
    """Return the names of tables only: a view in place of one would run its own SQL."""
    wanted = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
    return [name for (name,) in opened.execute(wanted)]


def _whole(table: str) -> str:
    return str(sa.select(sa.text("*")).select_from(sa.table(table)))


def open_file(copy: Path) -> sqlite3.Connection:
    """Open a copy of SQLite read-only, without trusting its schema."""
    opened = sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)
    opened.execute("PRAGMA trusted_schema=OFF")
    opened.text_factory = lambda text: text.decode(errors="replace")  # a byte may be damaged
    return opened
