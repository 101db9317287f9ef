"""Database base: declarative base, column types, engine events, write transactions, snapshots."""

import contextvars
import enum
import math
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Session

from consultation.i18n import Localized

BUSY_TIMEOUT_MS = 10_000
BETWEEN_TRIES = 0.001  # seconds
PRIMARY_CODE = 0xFF  # of an error of SQLite; further bits tell its kind


def begin_writing(connection: Connection, until: float) -> None:
    """Begin to write as soon as no other process does, or fail at the moment `until`.

    SQLite's own waiting makes pauses of up to a tenth of a second, many times what a write takes.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while _is_others_turn(raw) and time.monotonic() < until:
            time.sleep(BETWEEN_TRIES)
        if not raw.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # says why not, as other statements do
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _is_others_turn(raw: sqlite3.Connection) -> bool:
    """Begin to write, or say that somebody else does."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return False


SHORT_TIMEOUT_MS = 200
IN_MEMORY = ("sqlite://", "sqlite:///:memory:")
"""A database of one connection, which all threads share."""
SURELY_NOT = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)
"""With which SQLite refuses a commit; after others, what it has written may still be found."""


class StorageUnavailable(Exception):
    """The database could not take a write in time: locked, full or out of reach."""


class OutcomeUnknown(StorageUnavailable):
    """The answer to a commit was lost: it may be stored, and only sending again can tell."""


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


_write_until: contextvars.ContextVar[float | None] = contextvars.ContextVar(
    "write_until", default=None
)
"""Until when the block that writes waits for its turn, by the monotonic clock; None: it reads."""
_turn = threading.RLock()
"""Whose turn it is in this process to write to the file of SQLite."""


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
    until = _write_until.get()
    if connection.dialect.name != "sqlite":
        if until is not None:
            # In tenths of a second: the server knows a statement again by its words.
            left = 100 * max(1, math.ceil((until - time.monotonic()) * 10))
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {left}")
    elif until is None:
        connection.exec_driver_sql("BEGIN")
    else:
        begin_writing(connection, until)


@contextmanager
def _taking_turns(session: Session, patience: float) -> Iterator[None]:
    """Let one thread of this process write at a time, the next as soon as it has ended.

    SQLite would let them all try again after pauses that grow, and the unlucky wait for seconds.
    """
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    if not _turn.acquire(timeout=patience):
        raise StorageUnavailable("no turn")
    try:
        yield
    finally:
        _turn.release()


@contextmanager
def writing(session: Session, patience: float = BUSY_TIMEOUT_MS / 1000) -> Iterator[None]:
    """Run the block as one write transaction, committed at its end; wait `patience` seconds for it.

    Any read transaction is ended first: on SQLite, one that has read can't become a writer once
    somebody else has written.  What was read before must be read again inside.  Raise
    `StorageUnavailable` when the database can't take the write, and `OutcomeUnknown` when it
    does not say whether it has.
    """
    session.rollback()
    token = _write_until.set(time.monotonic() + patience)
    fact = StorageUnavailable
    try:
        with _taking_turns(session, patience):
            yield
            session.flush()
            fact = OutcomeUnknown
            session.commit()
    except sa.exc.OperationalError as error:
        session.rollback()
        if getattr(error.orig, "sqlite_errorcode", None) in SURELY_NOT:
            fact = StorageUnavailable
        raise fact(type(error.orig).__name__) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        _write_until.reset(token)


def connection_of(session: Session) -> Connection:
    """Return the connection of a session, to ask the tables without their classes.

    That takes half the time, for what is asked for every visitor.
    """
    session.flush()
    return session.connection()


SEEN_AS_BEFORE = sa.text("""SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (backend_xid IS NOT NULL OR age(backend_xmin) > 0))""")
"""Whether somebody on PostgreSQL still writes, or sees rows as they were.  Connections of other
accounts, prepared transactions and replicas' slots are not to be seen without more rights."""


def wal_is_emptied(session: Session) -> bool:
    """Take out of reach what was overwritten, and say whether that could be done to the end.

    On SQLite, `secure_delete` has blanked the pages and the log is written back and cut; on
    PostgreSQL the dead rows are removed.  A reader can delay both.
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
        # VACUUM leaves what somebody may see and does not say so; who comes later sees none of it.
        if connection.scalar(SEEN_AS_BEFORE):
            return False
        connection.exec_driver_sql("VACUUM (ANALYZE)")
    return True


def engine_options(url: str, threads: int = 1) -> dict[str, Any]:
    """Return how to open the engine at `url`: waits that end, connections that are checked.

    Each of the `threads` can have a connection, and a second one while it reads at one instant;
    SQLAlchemy's own numbers, 5 and 10, are enough for few.
    """
    if url in IN_MEMORY:
        return {}
    pool = {"pool_size": max(5, threads), "max_overflow": max(10, threads)}
    if url.startswith("sqlite"):
        return pool
    return pool | {
        "pool_pre_ping": True,
        "pool_timeout": 8,
        "connect_args": {"connect_timeout": 5},
    }


def tuples(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Return the rows of a statement, each value converted once however often it comes back.

    For hundreds of thousands of rows: `execute` spends four times as long on each as the database.
    The statement names columns, not whole classes.
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


@contextmanager
def one_instant(session: Session) -> Iterator[Session]:
    """Give a session of its own that sees the database as it is now, whatever is written since.

    On SQLite that is one BEGIN, which in WAL blocks no writer; on PostgreSQL a transaction that
    repeats its reads and can't write.  The caller's own transaction is not touched.
    """
    engine = session.get_bind().engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with Session(connection) as instant:
            # Both databases take their snapshot at the first read.
            instant.scalar(sa.text("SELECT version_num FROM alembic_version"))
            yield instant
