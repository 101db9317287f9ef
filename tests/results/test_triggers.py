"""What the database notes of itself."""

import sqlalchemy as sa

from consultation.results.triggers import TRIGGERS

IN_DATABASE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def test_the_database_holds_every_trigger_of_the_list_and_no_other(session):
    dialect = session.get_bind().dialect.name

    found = dict(session.execute(sa.text(IN_DATABASE[dialect])).all())

    assert sorted(found) == sorted(trigger.name for trigger in TRIGGERS)
    for name, event, table in TRIGGERS:
        made = found[name].replace("public.", "").replace('"', "")
        assert f" AFTER {event} ON {table} FOR EACH ROW" in made
