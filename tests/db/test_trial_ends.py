"""Ends of trials: of those before the column, they are read from the audit log."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db import upgrade
from consultation.extensions import db
from consultation.questionnaires.models import Round

pytestmark = pytest.mark.database

MIGRATION = "0054"


def test_end_of_a_trial_is_read_from_the_audit_log(app, session, database_url):
    began, ended = now() - timedelta(days=9), now() - timedelta(days=8)
    for code, is_trial in (("essai-1", True), ("tour-1", False)):
        closes_at = began + timedelta(days=60)
        title = {"fr": "Tour"}
        session.add(
            Round(code=code, title=title, opens_at=began, closes_at=closes_at, is_trial=is_trial)
        )
    details = {"opens_at": began.isoformat()}
    audit_log.record(session, None, "round_trial_ended", "tour-1", details, at=ended)
    session.commit()
    session.remove()
    db.engine.dispose()
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    before = ScriptDirectory.from_config(upgrade._config()).get_revision(MIGRATION).down_revision

    command.downgrade(upgrade.config_for(engine), before)
    upgrade.upgrade(engine)

    rows = session.execute(sa.select(Round.code, Round.trial_ended_at).order_by(Round.code)).all()
    assert rows == [("essai-1", ended), ("tour-1", None)]
