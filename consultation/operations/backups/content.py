"""What a copy of the database holds, read before it is put back."""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from consultation.operations.backups import postgresql

SQLITE = b"SQLite format 3\0"

Rows = Callable[[str], Iterator[Mapping[str, Any]]]
"""What gives the rows of a table, as they are stored, by column: none if the copy lacks it."""

_COPIED = re.compile(r"COPY (?:\w+\.)?\"?(\w+)\"? \(.*\) FROM stdin;\n")


class Content(NamedTuple):
    """How many rows a table has, and their sum: another as soon as one of them changes."""

    rows: int
    sum: str


def rows(copy: Path, table: str) -> Iterator[Mapping[str, Any]]:
    """Give the rows of a table of a copy, whatever version it is of; raise `ProgramFailed`."""
    if is_of_sqlite(copy):
        return _rows_of_file(copy, table)
    return postgresql.rows_of_dump(str(copy), table)


def is_of_sqlite(copy: Path) -> bool:
    """Say which database a copy is of: a file of SQLite, else a dump of PostgreSQL."""
    with copy.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def revision(copy: Path) -> str | None:
    """Return the migration that a copy stands at, or None if it is not one of ours, or damaged."""
    try:
        return version_of(copy) if _is_whole(copy) else None
    except (sqlite3.DatabaseError, ValueError):
        return None


def version_of(copy: Path) -> str:
    """Return the same of a copy that is known to be whole; raise ValueError if it is not ours."""
    [stands] = rows(copy, "alembic_version")
    return str(stands["version_num"])


def contents(copy: Path) -> dict[str, Content]:
    """Return what each table of a copy holds; raise `ProgramFailed`, or sqlite3's errors."""
    return _contents_of_file(copy) if is_of_sqlite(copy) else _contents_of_dump(copy)


def _contents_of_file(copy: Path) -> dict[str, Content]:
    found = {}
    with closing(open_file(copy)) as opened:
        opened.text_factory = bytes
        for name in map(bytes.decode, _table_names(opened)):
            digest, count = hashlib.sha256(), 0
            for row in opened.execute(_whole(name)):
                digest.update(repr(row).encode())
                count += 1
            found[name] = Content(count, digest.hexdigest())
    return found


def _contents_of_dump(copy: Path) -> dict[str, Content]:
    found: dict[str, Content] = {}
    table: str | None = None
    digest, count = hashlib.sha256(), 0
    for line in postgresql.lines_of_dump(str(copy), "--data-only"):
        if table is None:
            if begun := _COPIED.fullmatch(line):
                table, digest, count = begun[1], hashlib.sha256(), 0
        elif line.startswith(postgresql.END):
            found[table], table = Content(count, digest.hexdigest()), None
        else:
            digest.update(line.encode(errors="surrogateescape"))
            count += 1
    return found


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
    """Return the names of what is a table: a view in its place would run what it likes."""
    wanted = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
    return [name for (name,) in opened.execute(wanted)]


def _whole(table: str) -> str:
    return str(sa.select(sa.text("*")).select_from(sa.table(table)))


def open_file(copy: Path) -> sqlite3.Connection:
    """Open a copy of SQLite, whose schema is not to be trusted, for reading."""
    opened = sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)
    opened.execute("PRAGMA trusted_schema=OFF")
    opened.text_factory = lambda text: text.decode(errors="replace")  # a byte may be damaged
    return opened
