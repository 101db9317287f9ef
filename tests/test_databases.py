"""The databases of the suite, which help nobody by luck."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tests.databases import close_connections, postgres_package
from tests.factories import make_measure


@pytest.mark.only("sqlite")
def test_rows_that_no_statement_orders_come_from_the_last_to_the_first(session):
    for code in ("1", "2", "3"):
        make_measure(session, code=code)

    assert session.scalars(sa.text("SELECT code FROM measure")).all() == ["3", "2", "1"]


@pytest.mark.only("postgresql")
def test_postgresql_locks_no_file_that_accounts_share(databases, quick_folder):
    package = postgres_package(quick_folder)

    lock_path = package.postgres_server.PostgresServer.lock_path
    assert lock_path.is_relative_to(quick_folder)


def test_no_engine_keeps_a_connection_after_a_test(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'of_its_own.sqlite'}")
    with engine.connect():
        pass
    assert engine.pool.checkedin() == 1

    close_connections()

    assert engine.pool.checkedin() == 0


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("moment", [date(2026, 11, 24), datetime(2026, 11, 24, tzinfo=UTC)])
def test_moment_reaches_sqlite_through_a_typed_column_only(session, moment):
    with pytest.raises(TypeError, match="only a typed column"):
        session.execute(sa.text("SELECT :at"), {"at": moment})


def test_connection_that_a_test_has_left_is_closed_with_its_database(databases):
    url = databases.create()
    left = sa.create_engine(url).connect()
    raw = left.connection.dbapi_connection

    databases.drop(url)

    with pytest.raises(left.dialect.loaded_dbapi.Error, match="closed"):
        raw.execute("SELECT 1")


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE report_edition DISABLE TRIGGER USER",
        "DROP TRIGGER audit_event_only_grows ON audit_event",
    ],
)
def test_database_whose_triggers_were_touched_is_given_to_no_other_test(databases, statement):
    url = databases.create()
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)

    databases.drop(url)

    assert url not in databases.blank
