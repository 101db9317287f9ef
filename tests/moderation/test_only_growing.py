"""What only grows: the database itself refuses to change it, whoever asks."""

import pytest
import sqlalchemy as sa

from consultation.moderation.models import Verdict
from tests.moderation.builders import make_text

pytestmark = pytest.mark.database

TABLES = ("audit_event", "moderation_decision")


def rows_of(session, table):
    session.rollback()
    return session.execute(sa.text(f"SELECT * FROM {table} ORDER BY id")).all()


@pytest.mark.every_case
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET account_id = account_id", "DELETE FROM {}"])
def test_database_refuses_to_change_what_only_grows(session, opened, colleague, table, change):
    colleague.decide(make_text(session, opened), Verdict.WITHHOLD)
    before = rows_of(session, table)

    with pytest.raises(sa.exc.IntegrityError, match=f"{table} only grows"):
        session.execute(sa.text(change.format(table)))

    assert before
    assert rows_of(session, table) == before
