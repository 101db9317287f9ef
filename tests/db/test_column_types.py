"""Migration of the two columns that were of another type on PostgreSQL than the models say."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade

pytestmark = pytest.mark.database

MOMENT = datetime(2027, 4, 1, 8, 0)  # noqa: DTZ001 - as it is stored, in UTC
ROUND = {
    "code": "T1",
    "title": '{"fr": "Essai"}',
    "opens_at": MOMENT,
    "closes_at": datetime(2027, 5, 1, 8, 0),  # noqa: DTZ001
    "is_trial": True,
    "planned_opening": MOMENT,
}
INSERT = "INSERT INTO round ({}) VALUES ({})".format(
    ", ".join(ROUND), ", ".join(f":{name}" for name in ROUND)
)


@pytest.mark.only("postgresql")
def test_planned_opening_keeps_its_hour_where_the_server_counts_in_paris(empty_engine):
    engine = sa.create_engine(
        empty_engine.url,
        poolclass=sa.NullPool,
        connect_args={"options": "-c TimeZone=Europe/Paris"},
    )
    config, moments = upgrade.config_for(engine), []
    command.upgrade(config, "0049")
    with engine.begin() as connection:
        connection.execute(sa.text(INSERT), ROUND)

    for change, revision in ((command.upgrade, "0050"), (command.downgrade, "0049")):
        change(config, revision)
        with engine.connect() as connection:
            moments.append(connection.scalar(sa.text("SELECT planned_opening FROM round")))

    assert moments[0] == MOMENT
    assert moments[1].replace(tzinfo=None) == MOMENT
