"""The application under test: one for each test, on a database as new, SQLite or PostgreSQL."""

import contextvars
import os
import random
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck
from hypothesis import settings as examples

from consultation import create_app
from consultation.cli import main
from consultation.exports import process
from consultation.extensions import db
from tests import costs, needing, repeated, scorecard, tiers, warm, whole_tables
from tests.databases import PostgresDatabases, SqliteFiles, close_connections, postgres_package
from tests.pages import CheckedClient

NEVER_FAST = [Path(__file__).parent / name for name in tiers.DEEP_FOLDERS]
QUICK_HASHES = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}

# Before any module of tests is read, whose own settings begin with these.  The same examples each
# time, and none refused for the time that it takes: the machine may be doing something else.
examples.register_profile(
    "suite",
    database=None,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
examples.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], default="sqlite", help="where tests store"
    )
    parser.addoption(
        "--fast",
        action="store_true",
        help="leave out what starts a programme, and what takes long",
    )
    parser.addoption(
        "--tier", choices=[tiers.TEST, tiers.DEEP], help="run what is in one of the tiers"
    )
    parser.addoption(
        "--run-long", action="store_true", help="let the fault programmes run to their full length"
    )
    parser.addoption(
        "--keep-costs", action="store_true", help="write the processor seconds into costs.csv"
    )
    parser.addoption(
        "--keep-repeated", action="store_true", help="write what asks nothing new into repeated.txt"
    )
    parser.addoption(
        "--every-case", action="store_true", help="try on PostgreSQL what repeats other tests, too"
    )
    parser.addoption(
        "--shuffle", type=int, metavar="SEED", help="run files, and tests in them, in another order"
    )
    parser.addoption(
        "--rewrite-heard", action="store_true", help="write anew what screen readers are told"
    )
    parser.addoption(
        "--rewrite-rgaa", action="store_true", help="write anew what a machine finds of RGAA"
    )


def pytest_configure(config):
    tier = config.getoption("tier") or tiers.DEEP
    blindness = needing.blindness("faults" if config.getoption("run_long") else tier)
    blindness.__enter__()
    config.add_cleanup(lambda: blindness.__exit__(None, None, None))
    for plugin in (*costs.plugins(config), *repeated.plugins(config)):
        config.pluginmanager.register(plugin)
    process.GIVES_WAY = False
    warm.prepare()
    whole_tables.prepare()


def pytest_ignore_collect(collection_path, config):
    """Pass by what is left out whole, which takes a while to import."""
    if config.getoption("fast") and collection_path in NEVER_FAST:
        return True
    run = config.getoption("tier"), config.getoption("database")
    is_short = run == (tiers.TEST, "postgresql")
    return True if is_short and not tiers.may_be_of_database(collection_path) else None


def pytest_collection_finish():
    warm.spare_the_collector()


def pytest_collection_modifyitems(config, items):
    """Leave out what is about the other database, and on PostgreSQL what was the same on SQLite.

    The same are tests that touch no database and those in which it has no part.  Of the cases of
    one test, all but the first are about data, and reach the database in the same statements; so
    are whole tests (`tests.repeated`).
    """
    database = config.getoption("database")
    left_out = [item for item in items if is_left_out(item, database)]
    if database != "sqlite" and not config.getoption("every_case"):
        left_out += [*further_cases(items), *repeated.repeated(items)]
    tier_of = {item: tiers.tier_of(item, database) for item in items}
    if config.getoption("fast"):
        left_out += [item for item in items if tiers.starts_something(item)]
        left_out += tiers.costly(items)
    if config.getoption("tier"):
        left_out += [it for it, tier in tier_of.items() if tier != config.getoption("tier")]
    if not config.getoption("run_long"):
        left_out += [item for item in items if item.get_closest_marker("long")]
    for item, tier in tier_of.items():
        item.user_properties.append((tiers.PROPERTY, tier))
    left_out = set(left_out)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]
    if config.getoption("shuffle") is not None:
        items[:] = shuffled(items, random.Random(config.getoption("shuffle")))


def shuffled(items, chance):
    """Return files in any order, and the tests of each in any order, side by side."""
    by_file = {}
    for item in items:
        by_file.setdefault(item.path, []).append(item)
    files = list(by_file.values())
    chance.shuffle(files)
    for tests in files:
        chance.shuffle(tests)
    return [item for tests in files for item in tests]


def is_left_out(item, database):
    only = item.get_closest_marker("only")
    if only is not None or database == "sqlite":
        return only is not None and database not in only.args
    uses_one = "databases" in getattr(item, "fixturenames", ())
    return not uses_one or any(map(item.get_closest_marker, ("looks", "once")))


def further_cases(items):
    """Return the cases after the first of each test, but of those marked `every_case`."""
    known, further = set(), []
    for item in items:
        test = item.nodeid.partition("[")[0]
        if test in known and item.get_closest_marker("every_case") is None:
            further.append(item)
        known.add(test)
    return further


def pytest_terminal_summary(terminalreporter, config):
    """Say at the end what each programme has found; in full length it is kept."""
    lines = scorecard.lines_of(terminalreporter.stats.get("passed", []))
    if not lines:
        return
    terminalreporter.section("scorecard")
    for name, value in lines.items():
        terminalreporter.write_line(f"{name} : {value}")
    if config.getoption("run_long"):
        scorecard.keep(lines)


@pytest.fixture(autouse=True)
def _tables_read_once():
    """Whatever a test is about, no statement that it runs goes through a table again and again."""
    yield
    assert whole_tables.whole_table_scans() == []


@pytest.fixture(autouse=True)
def _connections_closed():
    """Whatever application, command or engine a test has made, no connection outlives the test."""
    yield
    close_connections()


@pytest.fixture
def is_long(request):
    return request.config.getoption("run_long")


@pytest.fixture
def recorded(request, record_property):
    """Write one line of the scorecard: what was tried, and the figures that came of it."""
    database = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[
        request.config.getoption("database")
    ]

    def recorded(name, value):
        record_property("scorecard", (f"{name}, {database}", as_text(value)))

    return recorded


def as_text(value):
    if not isinstance(value, dict):
        return str(value)
    return " · ".join(f"{name} {figure}" for name, figure in value.items())


@pytest.fixture(scope="session")
def worker_id(request):
    """Name this worker of pytest-xdist, or the only process."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def quick_folder():
    """Where databases are kept: they need not survive a power cut, so in memory if there is room.

    pytest clears the temporary folders of earlier runs, even of those that still go on.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix="consultation-", dir=memory, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_server(quick_folder):
    """A real PostgreSQL for this worker, from its wheel; it ends with the process."""
    server = postgres_package(quick_folder).get_server(quick_folder / "postgres")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture
def postgres_programs(request, monkeypatch, quick_folder):
    """Let `pg_dump` and `pg_restore` be found, on PostgreSQL: those that came with the server."""
    if request.config.getoption("database") == "sqlite":
        return
    package = Path(postgres_package(quick_folder).__file__).parent
    programs = sorted(package.glob("pginstall*/bin"))[-1]
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


@pytest.fixture(scope="session")
def databases(request, quick_folder, worker_id):
    if request.config.getoption("database") == "sqlite":
        return SqliteFiles(quick_folder)
    return PostgresDatabases(request.getfixturevalue("postgres_server"), worker_id)


@pytest.fixture
def database_url(databases):
    """The address of an empty, migrated database."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def empty_engine(databases):
    """The engine of a database without any table."""
    url = databases.create_empty()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
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
        "PASSWORD_EFFORT": QUICK_HASHES,
    }


@pytest.fixture
def app(settings, databases):
    application = create_app(settings)
    application.test_client_class = CheckedClient
    with application.app_context():
        warm.warm_up(application, db.engine, databases.dialect)
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


@pytest.fixture
def run(settings, monkeypatch):
    """Run a command on the database of the test, as a shell would; return status and words."""
    for name in ("HOME", "KEYS_DIR", "EXPORTS_DIR", "DATABASE_URL", "BASE_URL"):
        monkeypatch.setenv(f"CONSULTATION_{name}", str(settings[name]))

    def call(*arguments):
        # A context of its own: nothing of one command is left for the next.
        return contextvars.Context().run(
            CliRunner().invoke, main.main, [str(argument) for argument in arguments]
        )

    return call
