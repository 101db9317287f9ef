"""Migration of the columns that hold the tag of a language."""

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from consultation.mail.models import OutboxMessage
from consultation.responses.models import Respondent
from tests.db.test_upgrading import contents
from tests.hostile.furnished import furnish

pytestmark = pytest.mark.database

LONGEST = "sl-Latn-IT-nedis-x-facile-a-lire"
TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def test_any_tag_is_stored_and_passes_for_french_in_the_release_before(app, session, database_url):
    furnish(app, session)
    row = session.query(Respondent).first()
    row.locale = LONGEST
    session.commit()
    key, others = row.id, session.query(OutboxMessage.id, OutboxMessage.locale).all()
    session.remove()
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    config, triggers = upgrade.config_for(engine), triggers_of(engine)

    assert triggers != set()
    assert locales(engine)[key] == LONGEST
    command.downgrade(config, "0058")
    assert locales(engine)[key] == "fr"
    assert triggers_of(engine) == triggers
    command.upgrade(config, "head")

    assert triggers_of(engine) == triggers
    mails = {it["id"]: it["locale"] for it in contents(engine)["outbox_message"]}
    assert mails == dict(map(tuple, others))


def locales(engine):
    return {it["id"]: it["locale"] for it in contents(engine)["respondent"]}


def triggers_of(engine):
    with engine.connect() as connection:
        return set(map(tuple, connection.exec_driver_sql(TRIGGERS[engine.dialect.name])))
