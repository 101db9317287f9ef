"""One instant: everything that a workbook or a tally says is read in one read transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.jobs import cleaning
from consultation.jobs.models import Job
from consultation.questionnaires.models import Round


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
            instant.scalar(sa.select(sa.func.count()).select_from(Round))
            yield instant


def last_erasure(instant: Session) -> int:
    """Return which erasure was the last that `instant` knows of: its job's number, 0 for none."""
    return instant.scalar(sa.select(sa.func.max(Job.id)).where(Job.kind == cleaning.KIND)) or 0
