"""PostgreSQL backup tools: pg_dump and pg_restore, run as programs.

The rows of a dump are read from the output of pg_restore.
"""

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
    """A program is missing or failed; the message says in French why."""


def run(program: str, *arguments: str, url: str) -> str:
    """Run a program on the database at `url` and return its output.

    Raises `ProgramFailed`.  The password is passed in the environment: other users of the machine
    can read command lines.
    """
    place, password = _parted(url)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools, no shell, the operator's words
        [_path_of(program), f"--dbname={place}", *arguments],
        env=settings.environment_with({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise _failure(program, done.stderr)
    return done.stdout


def rows_of_dump(dump: str, table: str) -> Iterator[Mapping[str, Value]]:
    """Yield the rows of a table of a dump, by column; raise `ProgramFailed`."""
    return _rows(lines_of_dump(dump, "--data-only", f"--table={table}"))


def lines_of_dump(dump: str, *arguments: str) -> Iterator[str]:
    """Yield the output lines of pg_restore for a dump; raise `ProgramFailed`."""
    command = [_path_of("pg_restore"), *arguments, "--file=-", dump]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603 - as above
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="surrogateescape",
        )
        with process:
            try:
                yield from process.stdout or ()
            except GeneratorExit:
                process.kill()
                raise
        if process.returncode != 0:
            errors.seek(0)
            raise _failure("pg_restore", errors.read())


def _rows(lines: Iterator[str]) -> Iterator[Mapping[str, Value]]:
    columns: list[str] | None = None
    for line in lines:
        if columns is None:
            header = HEADER.match(line)
            columns = header and [name.strip('" ') for name in header[1].split(",")]
        elif line.startswith(END):
            columns = None
        else:
            values = map(_value, line.rstrip("\n").split("\t"))
            yield dict(zip(columns, values, strict=True))


def _value(text: str) -> Value:
    if text == NULL:
        return None
    if text.startswith(BYTES):
        with suppress(ValueError):  # a text that begins like bytes
            return bytes.fromhex(text[len(BYTES) :])
    return text


def _parted(url: str) -> tuple[str, str]:
    """Return the address without its password, and the password."""
    address = sa.make_url(url)
    query = dict(address.query)
    password = address.password or query.pop("password", "")
    place = sa.URL.create(
        "postgresql", address.username, None, address.host, address.port, address.database, query
    )
    return place.render_as_string(hide_password=False), str(password)


def _path_of(program: str) -> str:
    if shutil.which(program) is None:
        raise ProgramFailed(
            f"Le programme {program} manque : installez les outils de PostgreSQL"
            " (paquet postgresql-client)."
        )
    return program


def _failure(program: str, errors: str) -> ProgramFailed:
    last = (errors.strip().splitlines() or ["sans message"])[-1]
    return ProgramFailed(f"{program} a échoué : {last}")
