"""The database: the base of all models, column types, and the one way to write."""

import contextvars
import enum
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Session

from consultation.i18n import Localized

BUSY_TIMEOUT_MS = 10_000
SHORT_TIMEOUT_MS = 200


class StorageUnavailable(Exception):
    """The database could not take a write in time: locked, full or out of reach."""


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, stored in UTC; naive datetimes are refused."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime says no moment")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table inherits: names of constraints and types of columns."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - the name and type are SQLAlchemy's
        datetime: UTCDateTime,
        Localized: JSON,
        dict[str, Any]: JSON,
    }


def enum_type(values: type[enum.StrEnum], name: str) -> sa.Enum:
    """Return a column type that stores `.value` and refuses any other by a CHECK `name`."""
    return sa.Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def french_is_there(column: str) -> sa.CheckConstraint:
    """Return the rule that the localized `column` has a French text."""
    return sa.CheckConstraint(f"coalesce({column} ->> 'fr', '') <> ''", f"{column}_fr")


_write_intent: contextvars.ContextVar[bool] = contextvars.ContextVar("write_intent", default=False)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: object) -> None:
    """Set up each new connection; SQLite's own BEGIN is replaced by ours (see `_begin`)."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _write_intent.get() else "BEGIN")
    elif _write_intent.get():
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}")


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """Run the block as one write transaction, committed at its end.

    Any read transaction is ended first: on SQLite, one that has read can't become a writer once
    somebody else has written.  What was read before must be read again inside.  Raise
    `StorageUnavailable` when the database can't take the write.
    """
    session.rollback()
    token = _write_intent.set(True)
    try:
        yield
        session.commit()
    except sa.exc.OperationalError as error:
        session.rollback()
        raise StorageUnavailable(type(error.orig).__name__) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        _write_intent.reset(token)


def wal_is_emptied(session: Session) -> bool:
    """Take out of reach what was overwritten, and say whether that could be done to the end.

    On SQLite, `secure_delete` has blanked the pages and the log is written back and cut; a reader
    can delay that.  On PostgreSQL the dead rows are removed.
    """
    engine = session.get_bind().engine
    session.rollback()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            raw: Any = connection.connection.dbapi_connection
            # Nobody can write while this waits for readers: it asks, and is asked again later.
            raw.execute(f"PRAGMA busy_timeout={SHORT_TIMEOUT_MS}")
            busy, *_frames = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            return not busy
        connection.exec_driver_sql("VACUUM")
    return True


def engine_options(url: str) -> dict[str, Any]:
    """Return how to open the engine at `url`: waits that end, connections that are checked."""
    if url.startswith("sqlite"):
        return {}
    return {"pool_pre_ping": True, "pool_timeout": 8, "connect_args": {"connect_timeout": 5}}


def insert_once(session: Session, model: type[Base], values: dict[str, Any]) -> int | None:
    """Insert a row unless a unique key holds one already; return the new id, or None.

    Where another transaction is inserting the same key, this one waits for it to end.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(model).values(values).on_conflict_do_nothing()
    key = sa.inspect(model).primary_key[0]
    return session.execute(statement.returning(key)).scalar_one_or_none()


def tuples(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Return the rows of a statement, each value converted once however often it comes back.

    For hundreds of thousands of rows: `execute` spends four times as long on each as the database.
    """
    result = session.connection().execute(statement)
    cursor, dialect = result.cursor, session.get_bind().dialect
    columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
    for place, column in enumerate(statement.selected_columns if columns else ()):
        kind, told = column.type.dialect_impl(dialect), cursor.description[place][1]
        if convert := kind.result_processor(dialect, told):
            made = {value: convert(value) for value in set(columns[place])}
            columns[place] = map(made.__getitem__, columns[place])
    result.close()
    return list(zip(*columns, strict=True))
