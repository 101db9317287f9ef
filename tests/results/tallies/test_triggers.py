"""What the database notes of itself."""

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from consultation.results.tallies import maintain, queries
from consultation.results.tallies.maintain import TRIGGERS
from tests.exports.builders import respond
from tests.factories import make_measure, make_round

pytestmark = pytest.mark.database

IN_DATABASE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def test_database_holds_every_trigger_of_the_tallies(session):
    dialect = session.get_bind().dialect.name

    noted = session.execute(sa.text(IN_DATABASE[dialect])).all()
    triggers = {name: made for name, made in noted if name.startswith("tally_")}

    assert sorted(triggers) == sorted(trigger.name for trigger in TRIGGERS)
    for name, event, table in TRIGGERS:
        made = triggers[name].replace("public.", "").replace('"', "")
        assert f" AFTER {event} ON {table} FOR EACH ROW" in made


def test_what_was_there_before_the_tallies_is_counted_once_they_are_added(session):
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", {"standing": "done"})
    session.commit()
    engine = session.get_bind().engine
    config = upgrade.config_for(engine)
    session.remove()

    command.downgrade(config, "0013")
    before = sorted(sa.inspect(engine).get_table_names())
    command.upgrade(config, "head")
    maintain.refresh(session())

    assert "tally" not in before
    assert list(queries.responses_by_measure(session, 1).values()) == [1]
