"""The migration of the settings of exports, with jobs that were there before."""

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade

pytestmark = pytest.mark.database

JOB = (
    "INSERT INTO job (public_id, kind, parameters, status, attempts, due_at, created_at)"
    " VALUES ('{0}', 'export', '{{}}', '{0}', 0, '2026-11-25 10:00:00', '2026-11-25 10:00:00')"
)


@pytest.fixture
def engine(request, database_url):
    """A database that was upgraded, and taken back to before the settings."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    command.downgrade(upgrade.config_for(engine), "0013")
    yield engine
    engine.dispose()


def run(engine, *statements):
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def statuses(engine):
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT status FROM job ORDER BY id")]


def test_jobs_stay_and_may_be_cancelled_from_then_on(engine):
    run(engine, JOB.format("done"))
    with pytest.raises(sa.exc.IntegrityError):
        run(engine, JOB.format("cancelled"))

    upgrade.upgrade(engine)
    run(engine, JOB.format("cancelled"))

    assert statuses(engine) == ["done", "cancelled"]
    with pytest.raises(sa.exc.IntegrityError):
        run(engine, JOB.format("forgotten"))


def test_cancelled_jobs_have_failed_when_the_settings_are_taken_back(engine):
    upgrade.upgrade(engine)
    run(engine, JOB.format("queued"), JOB.format("cancelled"))

    command.downgrade(upgrade.config_for(engine), "0013")

    assert statuses(engine) == ["queued", "failed"]
