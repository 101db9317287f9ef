"""PostgreSQL's own programs, by which its databases are copied and put back."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress

import sqlalchemy as sa

from consultation import settings

HEADER = re.compile(r"COPY \S+ \((.*)\) FROM stdin;")
NULL, END, BYTES = r"\N", r"\.", r"\\x"

Value = str | bytes | None


class ProgramFailed(Exception):
    """One of the programs is not here, or did not do its work; the message says why."""


def run(program: str, *words: str, url: str) -> str:
    """Run a program to its end on the database at `url`; return what it says.

    Raise `ProgramFailed`.  Others on this machine can read a command line: the password is not in
    it.
    """
    place, password = _parted(url)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools, no shell, the operator's words
        [_found(program), f"--dbname={place}", *words],
        env=settings.environment_with({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise _failure(program, done.stderr)
    return done.stdout


def rows_of_dump(dump: str, table: str) -> Iterator[Mapping[str, Value]]:
    """Give the rows of a table of a dump, by column; raise `ProgramFailed`."""
    return _rows(lines_of_dump(dump, "--data-only", f"--table={table}"))


def lines_of_dump(dump: str, *words: str) -> Iterator[str]:
    """Give what `pg_restore` tells of a dump, asked by `words`; raise `ProgramFailed`."""
    command = [_found("pg_restore"), *words, "--file=-", dump]
    with tempfile.TemporaryFile("w+") as errors:
        told = subprocess.Popen(  # noqa: S603 - as above
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="surrogateescape",
        )
        with told:
            try:
                yield from told.stdout or ()
            except GeneratorExit:
                told.kill()
                raise
        if told.returncode != 0:
            errors.seek(0)
            raise _failure("pg_restore", errors.read())


def _rows(lines: Iterator[str]) -> Iterator[Mapping[str, Value]]:
    columns: list[str] | None = None
    for line in lines:
        if columns is None:
            found = HEADER.match(line)
            columns = found and [name.strip('" ') for name in found[1].split(",")]
        elif line.startswith(END):
            columns = None
        else:
            values = map(_value, line.rstrip("\n").split("\t"))
            yield dict(zip(columns, values, strict=True))


def _value(shown: str) -> Value:
    if shown == NULL:
        return None
    if shown.startswith(BYTES):
        with suppress(ValueError):  # a text that begins like bytes
            return bytes.fromhex(shown[len(BYTES) :])
    return shown


def _parted(url: str) -> tuple[str, str]:
    """Return the address as the programs read it, without the password, and the password."""
    told = sa.make_url(url)
    query = dict(told.query)
    password = told.password or query.pop("password", "")
    place = sa.URL.create(
        "postgresql", told.username, None, told.host, told.port, told.database, query
    )
    return place.render_as_string(hide_password=False), str(password)


def _found(program: str) -> str:
    if shutil.which(program) is None:
        raise ProgramFailed(
            f"Le programme {program} manque : installez les outils de PostgreSQL"
            " (paquet postgresql-client)."
        )
    return program


def _failure(program: str, errors: str) -> ProgramFailed:
    last = (errors.strip().splitlines() or ["sans message"])[-1]
    return ProgramFailed(f"{program} a échoué : {last}")
