"""Base of the database: declarative base, column types, write transactions, snapshots."""

import contextvars
import enum
import math
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Session

from consultation.db import search
from consultation.i18n import Localized

LANGUAGE_TAG = sa.String(35)
"""A tag of BCP 47; RFC 5646, 4.4.1, counts so many signs for the longest in use."""

BUSY_TIMEOUT_MS = 10_000
BETWEEN_TRIES = 0.001  # seconds
COMMIT_PATIENCE, LEAST_PATIENCE, LONG_PATIENCE = 5.0, 1.5, 60.0
"""Seconds that a COMMIT to PostgreSQL may take: usually, after long waits, and after long work."""
LONGEST_STATEMENT = 20.0
"""Seconds that PostgreSQL may take for a statement of a web request: its thread serves no other."""
NETWORK_SILENCE = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5000,  # milliseconds
    "keepalives_idle": 4,
    "keepalives_interval": 2,
}
"""Settings of libpq by which a network that goes silent is noticed within ten seconds.

The first two are for an address that does not answer, and for what is sent and not acknowledged;
the others let an idle connection, or one that waits for an answer, be asked for a sign of life.
"""
PRIMARY_CODE = 0xFF  # of an error of SQLite; further bits tell its kind


def begin_writing(connection: Connection, until: float) -> None:
    """Begin a SQLite write transaction, polling until `until` (monotonic clock, seconds).

    Polls every millisecond: SQLite's own busy handler sleeps up to a tenth of a second, many times
    what a write takes.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while _is_busy(raw) and time.monotonic() < until:
            time.sleep(BETWEEN_TRIES)
        if not raw.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what other statements raise
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _is_busy(raw: sqlite3.Connection) -> bool:
    """Try to begin; return whether another connection is writing."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return False


SHORT_TIMEOUT_MS = 200
CACHE_KIB, CACHED_STATEMENTS = 512, 48
"""What each SQLite connection, one a thread, keeps: a quarter of the defaults costs no time."""
HAS_WRITTEN = "has_written"
"""Key in the `info` of a connection whose transaction ran more than a SELECT."""
IN_MEMORY = ("sqlite://", "sqlite:///:memory:")
"""A database of one connection, which all threads share."""
NOT_COMMITTED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)
"""SQLite errors that surely left nothing; after others, a failed commit may have been stored."""


class StorageUnavailable(Exception):
    """The database could not take a write in time: locked, full or out of reach."""


class DatabaseNotUtf8(Exception):
    """The database of PostgreSQL has another encoding: it could not hold every text."""

    def __init__(self, name: str, encoding: str) -> None:
        super().__init__(
            f"La base PostgreSQL « {name} » est en {encoding}, et non en UTF8. Créez-en une :"
            " « createdb --encoding=UTF8 --template=template0 AUTRE_NOM », puis donnez son nom dans"
            " CONSULTATION_DATABASE_URL."
        )


def refusal_of(error: BaseException | None) -> str:
    """Say in French why PostgreSQL lets nobody in; empty for any other error."""
    cause = error.__cause__ if isinstance(error, StorageUnavailable) else error
    original = getattr(cause, "orig", None)
    attempt = getattr(original, "pgconn", None)
    if attempt is None:
        return ""
    if attempt.needs_password:
        return (
            "PostgreSQL demande un mot de passe, et aucun n'est donné : écrivez-le dans"
            " CONSULTATION_DATABASE_URL, postgresql+psycopg://COMPTE:MOT_DE_PASSE@MACHINE/BASE."
        )
    reason = str(original).rpartition("failed: ")[2].partition("\n")[0]
    if not attempt.used_password and "FATAL" not in reason:
        return ""
    return (
        f"PostgreSQL refuse la connexion ({reason}) : vérifiez le compte, le mot de passe et le"
        " nom de la base dans CONSULTATION_DATABASE_URL."
    )


class OutcomeUnknown(StorageUnavailable):
    """The answer to a COMMIT was lost: it may be stored, and only a retry shows which."""


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one raises ValueError."""

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
    """Declarative base: naming convention of constraints, types of annotated columns."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - the name and type are SQLAlchemy's
        datetime: UTCDateTime,
        Localized: JSON,
        dict[str, Any]: JSON,
    }


def enum_type(values: type[enum.StrEnum], name: str) -> sa.Enum:
    """Return a column type that stores `.value`, with a CHECK constraint `name` on the values."""
    return sa.Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def require_french(column: str) -> sa.CheckConstraint:
    """Return the CHECK constraint that the localized `column` has a French text."""
    return sa.CheckConstraint(f"coalesce({column} ->> 'fr', '') <> ''", f"{column}_fr")


_write_until: contextvars.ContextVar[float | None] = contextvars.ContextVar(
    "write_until", default=None
)
"""Deadline of the current write transaction (monotonic clock), None in a read transaction."""
_turn = threading.RLock()
"""Held by the one thread of this process that writes to the SQLite file."""


def commit_patience() -> float:
    """Return for how many seconds the COMMIT of the current transaction may go unanswered.

    A visitor who has waited for a lock is answered as soon as one who has not.
    """
    until = _write_until.get()
    left = COMMIT_PATIENCE if until is None else until - time.monotonic()
    return LONG_PATIENCE if left <= 0 else min(max(left, LEAST_PATIENCE), COMMIT_PATIENCE)


_statement_patience: contextvars.ContextVar[float | None] = contextvars.ContextVar(
    "statement_patience", default=None
)
"""Seconds that a statement may take; None, without a limit, for jobs, exports and migrations."""


@contextmanager
def bounded_statements() -> Iterator[None]:
    """Let no statement of the block take longer than `LONGEST_STATEMENT` on PostgreSQL.

    One that does raises `OperationalError`.  SQLite has nobody to wait for but a writer, for
    `BUSY_TIMEOUT_MS` at most.
    """
    token = _statement_patience.set(LONGEST_STATEMENT)
    try:
        yield
    finally:
        _statement_patience.reset(token)


def statement_patience() -> float | None:
    """Return for how many seconds a statement may go unanswered."""
    return _statement_patience.get()


def lose_patience() -> None:
    """Let the next statements of a bounded block take little time: an error page has several."""
    if _statement_patience.get() is not None:
        _statement_patience.set(LEAST_PATIENCE)


@event.listens_for(Engine, "do_connect")
def _connect(dialect: sa.Dialect, _record: object, places: Any, named: Any) -> Any:
    """Open a connection to PostgreSQL; None lets SQLAlchemy open one to SQLite."""
    if dialect.name != "postgresql":
        return None
    from consultation.db.connection import connect

    return connect(*places, **named)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: object) -> None:
    """Set the pragmas of a new SQLite connection; its BEGIN is issued by `_begin`.

    Raise `DatabaseNotUtf8` for one of PostgreSQL, before anything is read by it.
    """
    if not isinstance(connection, sqlite3.Connection):
        encoding = connection.info.parameter_status("server_encoding")
        if encoding not in ("UTF8", None):  # a connection pool between may not say
            name = connection.info.dbname
            connection.close()
            raise DatabaseNotUtf8(name, encoding)
        return
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"cache_size=-{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    search.add_functions(connection)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    until = _write_until.get()
    if connection.dialect.name != "sqlite":
        connection.info.pop(HAS_WRITTEN, None)
        if until is not None:
            # In tenths of a second, so that few different statements fill the server's statistics.
            left = 100 * max(1, math.ceil((until - time.monotonic()) * 10))
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {left}")
    elif until is None:
        connection.exec_driver_sql("BEGIN")
    else:
        begin_writing(connection, until)


@event.listens_for(Engine, "before_cursor_execute")
def _note_statement(connection: Connection, _cursor: object, sql: str, *_rest: object) -> None:
    if connection.dialect.name == "postgresql" and not sql.startswith("SELECT"):
        connection.info[HAS_WRITTEN] = True


@event.listens_for(Engine, "rollback")
def _end_reading(connection: Connection) -> None:
    """Commit a PostgreSQL transaction that has only read, which the rollback then finds ended.

    At a rollback, psycopg drops the prepared statements of the connection: the server would plan
    each statement of each page anew, which is a third of its work.
    """
    if connection.dialect.name != "postgresql" or connection.closed or connection.invalidated:
        return
    raw: Any = connection.connection.dbapi_connection
    if raw.info.transaction_status.name == "INTRANS" and HAS_WRITTEN not in connection.info:
        with suppress(connection.dialect.loaded_dbapi.Error):  # the rollback will fail alike
            raw.commit()


@contextmanager
def _sqlite_turn(session: Session, patience: float) -> Iterator[None]:
    """Let one thread of this process write to SQLite at a time, the next without delay.

    Left to SQLite, all retry after growing pauses, and the unlucky wait for seconds.
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
    """Run the block as one write transaction, committed at its end.

    Waits at most `patience` seconds for its turn.  Ends any read transaction first: on SQLite, a
    reader can't become a writer once another connection has written.  What was read before must be
    read again inside.  Raises `StorageUnavailable` when the write can't be stored, and
    `OutcomeUnknown` when the database did not answer whether it was.
    """
    session.rollback()
    token = _write_until.set(time.monotonic() + patience)
    failure = StorageUnavailable
    try:
        with _sqlite_turn(session, patience):
            yield
            session.flush()
            failure = OutcomeUnknown
            session.commit()
    except sa.exc.OperationalError as error:
        session.rollback()
        if getattr(error.orig, "sqlite_errorcode", None) in NOT_COMMITTED:
            failure = StorageUnavailable
        raise failure(type(error.orig).__name__) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        _write_until.reset(token)


def connection_of(session: Session) -> Connection:
    """Return the session's connection, to select from tables without their mapped classes.

    Takes half the time of the ORM, for what every visitor asks.
    """
    session.flush()
    connection: Connection | None = session.info.get(connection_of)
    if connection is None:
        connection = session.info[connection_of] = session.connection()
    return connection


@event.listens_for(Session, "after_transaction_end")
def _forget_connection(session: Session, _transaction: object) -> None:
    session.info.pop(connection_of, None)


HAS_OLD_SNAPSHOTS = sa.text("""SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (backend_xid IS NOT NULL OR age(backend_xmin) > 0))""")
"""Whether another PostgreSQL connection still writes or reads older row versions.

Connections of other accounts, prepared transactions and replication slots are not visible without
more rights."""


def purge_overwritten(session: Session) -> bool:
    """Remove overwritten row versions from the files; return False while a reader delays it.

    SQLite: `secure_delete` has blanked the pages, and the write-ahead log is truncated.
    PostgreSQL: VACUUM removes dead rows.
    """
    engine = session.get_bind().engine
    session.rollback()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            raw: Any = connection.connection.dbapi_connection
            # No connection can write while this waits for readers, so it waits briefly.
            raw.execute(f"PRAGMA busy_timeout={SHORT_TIMEOUT_MS}")
            busy, *_frames = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            return not busy
        # VACUUM silently keeps rows that an open snapshot may see; later snapshots see none.
        if connection.scalar(HAS_OLD_SNAPSHOTS):
            return False
        connection.exec_driver_sql("VACUUM (ANALYZE)")
    return True


def engine_options(url: str, threads: int = 1) -> dict[str, Any]:
    """Return the engine options for `url`: pool size, timeouts, checked connections.

    Each of the `threads` may use a connection, and a second one for a snapshot; SQLAlchemy's own
    defaults, 5 and 10, suffice for few threads.
    """
    if url in IN_MEMORY:
        return {}
    pool = {"pool_size": max(5, threads), "max_overflow": max(10, threads)}
    if url.startswith("sqlite"):
        return pool | {"connect_args": {"cached_statements": CACHED_STATEMENTS}}
    return pool | {
        "pool_pre_ping": True,
        "pool_timeout": 8,
        "connect_args": dict(NETWORK_SILENCE),
    }


def tuples(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Return the rows of a statement of columns, converting each distinct value only once.

    For hundreds of thousands of rows, on which `execute` spends four times as long as the database.
    """
    result = session.connection().execute(statement)
    cursor, dialect = result.cursor, session.get_bind().dialect
    columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
    for place, column in enumerate(statement.selected_columns if columns else ()):
        kind, code = column.type.dialect_impl(dialect), cursor.description[place][1]
        if convert := kind.result_processor(dialect, code):
            made = {value: convert(value) for value in set(columns[place])}
            columns[place] = map(made.__getitem__, columns[place])
    result.close()
    return list(zip(*columns, strict=True))


@contextmanager
def snapshot_session(session: Session) -> Iterator[Session]:
    """Open a read-only session on one consistent snapshot; the caller's transaction is untouched.

    SQLite: a deferred BEGIN, which in WAL mode blocks no writer.  PostgreSQL: REPEATABLE READ,
    READ ONLY.
    """
    engine = session.get_bind().engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with Session(connection) as snapshot:
            # Both databases take their snapshot at the first read.
            snapshot.scalar(sa.text("SELECT version_num FROM alembic_version"))
            yield snapshot
