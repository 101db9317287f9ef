"""Migration that takes rows and ranks out again: what it leaves is read by the version before."""

import pytest
import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from consultation.questionnaires.models import Question, StoredOutline
from consultation.results.tallies import maintain
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.questionnaires.outline_builders import with_grids

pytestmark = pytest.mark.database


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    opened = make_round(session, outline=with_grids())
    for _ in range(2):
        answers = {"followed": {"delai": "oui", "cout": "oui"}, "first": ["accueil"]}
        respond(session, opened, "T7", answers | {"suggestions": "Un texte gardé."})
    session.commit()
    maintain.refresh(session())
    return opened


def test_questions_become_notes_and_other_answers_stay(session, opened, database_url):
    session.remove()
    engine = sa.create_engine(database_url)
    command.downgrade(upgrade.config_for(engine), "0054")
    with engine.connect() as connection:
        texts = connection.scalars(sa.text("SELECT text FROM answer")).all()
        kinds = connection.scalars(
            sa.text("SELECT kind FROM question WHERE code IN ('followed', 'first')")
        ).all()
        waiting = connection.scalar(sa.text("SELECT count(*) FROM tally_change"))
        contents = connection.scalars(sa.select(StoredOutline.content)).all()
    asked = [it for section in contents[-1]["sections"] for it in section["questions"]]

    assert texts == ["Un texte gardé."] * 2
    assert set(kinds) == {"note"}
    assert {it["kind"] for it in asked if it["code"] in ("followed", "first")} == {"note"}
    assert waiting > 0, "they are counted again"

    upgrade.upgrade(engine)
    maintain.refresh(session())
    assert session.scalars(sa.select(Question.kind).where(Question.code == "first")).one() == "note"
    engine.dispose()
