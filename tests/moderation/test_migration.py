"""The migration that keeps to moderators what one of them had opened again."""

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from consultation.db.base import writing
from consultation.moderation.models import ModeratedText, Verdict
from tests.moderation.builders import TEXT, fresh, make_text, range_of

pytestmark = pytest.mark.database


def test_what_was_opened_again_or_uncovered_before_is_read_by_a_moderator_first(
    session, opened, colleague, database_url
):
    untouched, reopened, uncovered, decided = (make_text(session, opened) for _ in range(4))
    colleague.decide(reopened, Verdict.WITHHOLD)
    colleague.decide(reopened, Verdict.REOPEN)
    colleague.mask(uncovered, range_of(TEXT))
    colleague.lift(uncovered, range_of(TEXT))
    colleague.decide(decided, Verdict.PUBLISH)
    with writing(session):
        session.execute(sa.update(ModeratedText).values(is_flagged=False))
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)

    command.downgrade(upgrade.config_for(engine), "0022")
    upgrade.upgrade(engine)

    texts = (untouched, reopened, uncovered, decided)
    assert [fresh(session, text).is_flagged for text in texts] == [False, True, True, False]
