"""The databases of the suite, which help nobody by luck."""

import pytest
import sqlalchemy as sa

from tests.databases import postgres_package
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
