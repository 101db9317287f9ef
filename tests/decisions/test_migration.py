"""Migration that lets indicators be kept, amended and so on: both ways, as the tables hold rows."""

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from consultation.decisions.models import DecisionOutcome, IndicatorChange, IndicatorDecision
from tests.decisions.builders import indicator_subject, make_decision, make_earlier_decision

pytestmark = [pytest.mark.database, pytest.mark.every_case]

OUTCOMES = sa.text("SELECT outcome FROM indicator_decision ORDER BY id")


def test_outcomes_become_what_they_were_called_and_earlier_ones_stay(
    session, opened, organiser, database_url
):
    about = indicator_subject(session)
    make_earlier_decision(session, organiser, about, DecisionOutcome.NOT_TAKEN)
    make_decision(session, organiser, indicator_subject(session, "T7.2"), label="Autrement")
    kept = {"outcome": DecisionOutcome.NOT_ADDED, "subject": {"fr": "Un budget"}}
    make_decision(session, organiser, type(about)(about.measure), **kept)
    session.remove()
    engine = sa.create_engine(database_url)

    command.downgrade(upgrade.config_for(engine), "0056")
    with engine.connect() as connection:
        assert connection.scalars(OUTCOMES).all() == ["not_taken", "taken", "not_taken"]
    refuses_changes(engine)

    upgrade.upgrade(engine)
    refuses_changes(engine)
    rows = session.scalars(sa.select(IndicatorDecision).order_by(IndicatorDecision.id)).all()
    assert rows[1].names == (DecisionOutcome.TAKEN, IndicatorChange.REWORD)
    engine.dispose()


def refuses_changes(engine):
    for statement in ("UPDATE indicator_decision SET note = 'x'", "DELETE FROM indicator_decision"):
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
            connection.execute(sa.text(statement))
