"""The databases of the suite, which help nobody by luck."""

import pytest
import sqlalchemy as sa

from tests.factories import make_measure


@pytest.mark.only("sqlite")
def test_rows_that_no_statement_orders_come_from_the_last_to_the_first(session):
    for code in ("1", "2", "3"):
        make_measure(session, code=code)

    assert session.scalars(sa.text("SELECT code FROM measure")).all() == ["3", "2", "1"]
