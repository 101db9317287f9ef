"""Schemas of backups, compared with the one that the migrations of their version create."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from consultation.crypto.keyring import new_id
from consultation.db import upgrade
from consultation.operations.backups import content, postgresql

Place = tuple[str, str]
"""Kind and name of an object in a schema."""

KINDS = {
    "table": "la table",
    "index": "l'index",
    "view": "la vue",
    "trigger": "le déclencheur",
    "function": "la fonction",
    "sequence": "la suite",
    "constraint": "la contrainte",
    "fk constraint": "la clé étrangère",
    "default": "la valeur par défaut",
    "rule": "la règle",
    "materialized view": "la vue matérialisée",
    "extension": "l'extension",
}
PREFIX = "consultation_check_"
"""Prefix of the schema that is created on PostgreSQL to compare with."""

COUNTS = "rate_limit"
"""The table that `web/rate_limits` creates outside the migrations, on PostgreSQL."""

_OF_COUNTS = {("table", COUNTS), ("constraint", f"{COUNTS} {COUNTS}_pkey")}
_OPTIONS = ("--schema-only", "--no-owner", "--no-privileges")
_ENTRY = re.compile(r"-- Name: ([^;]+); Type: ([^;]+); Schema: ([^;]+); Owner: .*")
_VERSION = re.compile(r"-- Dumped from database version (\d+)")
_NOISE = re.compile(r"--|SET |SELECT pg_catalog\.set_config|\\(un)?restrict")


class SchemaNotMade(Exception):
    """The database account may not create the schema to compare with."""

    def __str__(self) -> str:
        return (
            "Le schéma de la sauvegarde ne peut pas être comparé à celui du site : le compte de la"
            " base n'y a pas le droit CREATE (GRANT CREATE ON DATABASE). Donnez-le-lui le temps de"
            " la restauration, puis recommencez."
        )


@dataclass(frozen=True)
class Schema:
    """Definitions of a database's objects, by kind and name.

    `writer` is the version of PostgreSQL that wrote them: versions may write the same definition
    differently.
    """

    definitions: Mapping[Place, str]
    writer: str = ""


def of_copy(copy: Path) -> Schema:
    """Return the schema of a copy; raise `ProgramFailed`, or sqlite3's errors."""
    if content.is_of_sqlite(copy):
        return _of_file(copy)
    return _of_script(postgresql.lines_of_dump(str(copy), *_OPTIONS))


def of_migrations(url: str, revision: str, work: Path) -> Schema:
    """Return the schema that the migrations create up to `revision`, then remove it.

    SQLite: in a file in `work`.  PostgreSQL: in a separate schema of the database at `url`.
    """
    if sa.make_url(url).get_backend_name() == "sqlite":
        return _of_migrated_file(revision, work)
    with _schema_of_its_own(url, revision) as name:
        script = postgresql.run("pg_dump", *_OPTIONS, f"--schema={name}", url=url)
        return _of_script(script.replace(name, "public").splitlines())


def differences(expected: Schema, actual: Schema) -> list[str]:
    """Return in French the objects that a schema has too many, lacks or defines differently."""
    wanted, present = expected.definitions, actual.definitions
    extra, missing = present.keys() - wanted.keys(), wanted.keys() - present.keys()
    views = {name for kind, name in extra if kind.endswith("view") and ("table", name) in missing}
    changed = {place for place in wanted.keys() & present.keys() if wanted[place] != present[place]}
    is_comparable = expected.writer == actual.writer
    return [
        *(f"« {name} » est une vue, au lieu d'une table" for name in sorted(views)),
        *(f"{_named(*it)} est en trop" for it in sorted(extra) if it[1] not in views),
        *(f"{_named(*it)} manque" for it in sorted(missing) if it[1] not in views),
        *(
            f"{_named(*it)} n'est pas comme le site l'a fait"
            for it in sorted(changed)
            if is_comparable
        ),
    ]


def _named(kind: str, name: str) -> str:
    return f"{KINDS.get(kind, kind)} « {name} »"


@cache
def _of_migrated_file(revision: str, work: Path) -> Schema:
    with TemporaryDirectory(prefix=".schema-", dir=work) as folder:
        path = Path(folder) / "schema.sqlite"
        _migrate(sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool), revision)
        return _of_file(path)


def _migrate(engine: sa.Engine, revision: str) -> None:
    from alembic import command

    try:
        command.upgrade(upgrade.config_for(engine), revision)
    finally:
        engine.dispose()


@contextmanager
def _schema_of_its_own(url: str, revision: str) -> Iterator[str]:
    name = f"{PREFIX}{new_id().replace('-', '_')}".lower()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.begin() as connection:
            for left in sa.inspect(connection).get_schema_names():
                if left.startswith(PREFIX):  # by a restore that was cut short
                    connection.execute(sa.schema.DropSchema(left, cascade=True))
            connection.execute(sa.schema.CreateSchema(name))
    except sa.exc.ProgrammingError as error:
        raise SchemaNotMade from error
    try:
        migrated = sa.create_engine(
            url, poolclass=sa.NullPool, connect_args={"options": f"-csearch_path={name}"}
        )
        _migrate(migrated, revision)
        yield name
    finally:
        with engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(name, cascade=True))
        engine.dispose()


def _of_file(path: Path) -> Schema:
    query = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'"
    with closing(content.open_file(path)) as opened:
        rows = opened.execute(query).fetchall()
    return Schema({(kind, name): _normalized(sql or "") for kind, name, sql in rows})


def _normalized(sql: str) -> str:
    """Normalise a definition: blanks, quotes of names, order of constraints.

    These differ each time Alembic rebuilds a table.
    """
    text = re.sub(r" ?([(),]) ?", r"\1", " ".join(sql.replace('"', "").split()))
    if not text.startswith("CREATE TABLE"):
        return text
    head, _, inside = text.partition("(")
    return "\n".join([head, *sorted(_items(inside))])


def _items(inside: str) -> Iterator[str]:
    """Split the body of CREATE TABLE at the commas outside of brackets."""
    depth, item = 0, ""
    for character in inside:
        depth += (character == "(") - (character == ")")
        if depth or character != ",":
            item += character
        else:
            yield item
            item = ""
    yield item.removesuffix(")")


def _of_script(lines: Iterable[str]) -> Schema:
    definitions: dict[Place, str] = {}
    place: Place | None = None
    writer = ""
    for line in lines:
        if version := _VERSION.match(line):
            writer = version[1]
        elif entry := _ENTRY.match(line):
            place = entry[2].lower(), entry[1] if entry[3] == "public" else f"{entry[3]}.{entry[1]}"
            definitions[place] = ""
        elif place and not _NOISE.match(line):
            definitions[place] += line.strip() + "\n"
    kept = [it for it in definitions if it[0] != "schema" and it not in _OF_COUNTS]
    return Schema({it: definitions[it].strip() for it in kept}, writer)
