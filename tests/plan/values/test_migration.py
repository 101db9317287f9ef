"""The migration that keeps what hidden values are less than, with values of before."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.plan.values.models import Showing, ValuePublication
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import make_measured_indicator, make_value, publish_as

pytestmark = pytest.mark.database


@pytest.fixture
def publish(session):
    """Publish a value as small, as it was done before."""
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)

    def publish(number=3.0, showing=Showing.SMALL):
        publish_as(session, organiser, make_value(session, organiser, indicator, number), showing)

    return publish


def change_setting(session, before, after, at=None):
    with writing(session):
        details = {"before": before, "after": after}
        audit_log.record(session, None, "setting_changed", "SMALL_CELL", details, at=at or now())


def less_thans(session, database_url):
    """Go back before the migration and through it; return what each publication has."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    session.rollback()
    session.expire_all()
    command.downgrade(upgrade.config_for(engine), "0050")
    upgrade.upgrade(engine)
    statement = sa.select(ValuePublication.less_than).order_by(ValuePublication.id)
    return list(session.scalars(statement))


def test_small_value_is_less_than_the_setting_of_its_day(session, publish, database_url):
    publish()
    change_setting(session, 8, 6)
    publish(4.0)
    change_setting(session, 6, 20, at=now() + timedelta(days=1))

    assert less_thans(session, database_url) == [8, 6]


def test_what_no_trail_tells_stays_unknown(session, publish, database_url):
    publish()

    assert less_thans(session, database_url) == [None]


def test_trail_that_contradicts_a_number_tells_nothing(session, publish, database_url):
    change_setting(session, 10, 5)
    publish(7.0)
    publish(150.0, Showing.EXACT)

    assert less_thans(session, database_url) == [None, None]


def test_value_held_back_is_not_public_any_more_before(session, publish, database_url):
    publish(150.0, Showing.HELD_BACK)

    less_thans(session, database_url)

    assert session.scalars(sa.select(ValuePublication.showing)).all() == [None]


@pytest.mark.parametrize("change", ["UPDATE value_publication SET less_than = 4",
                                    "DELETE FROM value_publication"])  # fmt: skip
def test_publications_only_grow_after_it(session, publish, database_url, change):
    publish()
    less_thans(session, database_url)

    with pytest.raises(sa.exc.DBAPIError, match="only grow"), writing(session):
        session.execute(sa.text(change))
