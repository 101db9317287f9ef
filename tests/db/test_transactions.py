"""How transactions of PostgreSQL end, and what its connections keep from one to the next."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

import consultation
from consultation.db import base
from consultation.db.base import bounded_statements, engine_options, writing
from consultation.plan.models import Measure
from tests.factories import make_measure
from tests.faults.server import wait_for

pytestmark = pytest.mark.database

PREPARED = sa.text(
    "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT measure%'"
)
READS = 6  # psycopg prepares a statement that a connection has run five times
SESSION_STATE = re.compile(
    r"pg_(?:try_)?advisory_lock|\bLISTEN [a-z]|[\"']SET (?!LOCAL)|\bset_config\(.*false"
    r"|CREATE TEMP|\bPREPARE [a-z]|WITH HOLD"
)


def read(session, number):
    session.scalars(sa.select(Measure).where(Measure.id == number)).all()
    session.rollback()


@pytest.mark.only("postgresql")
def test_statement_read_over_and_over_is_planned_once(session):
    with writing(session):
        make_measure(session, "T7")
    for number in range(READS):
        read(session, number)

    assert session.scalar(PREPARED) == 1


@pytest.mark.only("postgresql")
def test_rows_written_and_rolled_back_are_gone(session):
    make_measure(session, "T7")
    session.flush()
    read(session, 1)

    assert session.scalars(sa.select(Measure)).all() == []


@pytest.mark.only("postgresql")
def test_address_of_two_servers_leads_to_the_one_that_takes_writes(database_url, tmp_path):
    address = sa.make_url(database_url)
    hosts = f"{tmp_path},{address.query['host']}"
    both = address.set(query={"host": hosts, "target_session_attrs": "read-write"})
    engine = sa.create_engine(both, **engine_options(str(both)))
    with engine.connect() as connection:
        assert connection.scalar(sa.select(Measure.id)) is None
    engine.dispose()


ENDLESS = sa.text("SELECT pg_sleep(50)")
RUNNING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(50)'"
)


@pytest.mark.only("postgresql")
@pytest.mark.timeout(60)
def test_endless_statement_of_a_request_is_ended_and_the_next_ones_are_short(session, monkeypatch):
    monkeypatch.setattr(base, "LONGEST_STATEMENT", 0.5)
    with bounded_statements():
        with pytest.raises(sa.exc.OperationalError):
            session.execute(ENDLESS)
        session.rollback()
        assert base.statement_patience() == base.LEAST_PATIENCE
        wait_for(lambda: session.scalar(RUNNING) == 0)


@pytest.mark.only("postgresql")
def test_statement_of_a_job_takes_its_time(session, monkeypatch):
    monkeypatch.setattr(base, "LONGEST_STATEMENT", 0.1)

    assert session.scalar(sa.text("SELECT 1 FROM pg_sleep(0.5)")) == 1


def test_no_statement_leaves_state_that_a_pooler_would_lend_to_another_transaction():
    package = Path(consultation.__file__).parent
    hits = {
        path.relative_to(package).as_posix(): match[0]
        for path in package.rglob("*.py")
        if (match := SESSION_STATE.search(path.read_text("utf-8")))
    }

    assert hits == {}
