"""Stored outlines: stored unchanged, edited by one organiser at a time, frozen once published."""

import hashlib
import json
import threading
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from sqlalchemy.orm import Session

from consultation.db.base import writing
from consultation.extensions import db
from consultation.questionnaires.models import Round, StoredOutline
from consultation.questionnaires.outline import store, structure
from consultation.questionnaires.outline.structure import Scope
from tests.factories import make_measure, make_round
from tests.questionnaires import outline_builders as builders
from tests.questionnaires.outline_builders import DEFAULT, make_question, with_question

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CHANGED = with_question(DEFAULT, "reason", label={"fr": "Pour quelle raison ?"})


@given(builders.outlines)
def test_any_outline_comes_back_as_it_was_written(made):
    text = json.dumps(structure.dump(made))

    assert structure.load(json.loads(text)) == made


@pytest.mark.parametrize(
    ("scope", "on_t7", "on_the_tool"),
    [
        (Scope.INDICATOR, True, False),
        (Scope.MEASURE, True, False),
        (Scope.INSERT, True, False),
        (Scope.TOOL, False, True),
        (Scope.EVERYONE, True, True),
    ],
)
def test_section_stands_on_the_forms_of_its_scope(scope, on_t7, on_the_tool):
    section = builders.make_section("x", scope=scope, measures=("T7",))

    assert (section.is_for("T7"), section.is_for(None)) == (on_t7, on_the_tool)


def test_insert_stands_on_no_other_measure():
    assert not builders.make_section("x", scope=Scope.INSERT, measures=("T7",)).is_for("T8")


@pytest.fixture
def published(session):
    make_measure(session)
    made = make_round(session)
    session.commit()
    return made


def rows_of(session):
    return session.scalars(sa.select(StoredOutline).order_by(StoredOutline.number)).all()


def test_change_is_kept_beside_what_was_published(session, published):
    store.change(session, published, lambda before: CHANGED, NOW)

    assert store.working(session, published) == CHANGED
    assert store.published(session, published) == DEFAULT
    assert store.has_changes(session, published)


def test_change_that_brings_back_what_was_published_leaves_nothing(session, published):
    store.change(session, published, lambda before: CHANGED, NOW)

    store.change(session, published, lambda before: DEFAULT, NOW)

    assert not store.has_changes(session, published)
    assert len(rows_of(session)) == 1


def test_edit_is_given_what_was_stored_before_it(session, published):
    store.change(session, published, lambda before: CHANGED, NOW)
    seen = []

    store.change(session, published, lambda before: seen.append(before) or before, NOW)

    assert seen == [CHANGED]


def test_discarding_goes_back_to_what_was_published(session, published):
    store.change(session, published, lambda before: CHANGED, NOW)

    store.discard(session, published)

    assert store.working(session, published) == DEFAULT


def test_freezing_publishes_the_changes_under_the_next_number(session, published):
    store.change(session, published, lambda before: CHANGED, NOW)

    assert store.freeze(session, published, NOW) == CHANGED

    assert [(row.number, row.published_at is None) for row in rows_of(session)] == [
        (1, False),
        (2, False),
    ]


def test_who_publishes_waits_for_who_is_changing(session, published):
    round_id, began, frozen = published.id, threading.Event(), []

    def publish():
        began.wait(60)
        with Session(engine) as other, writing(other):
            frozen.append(store.freeze(other, other.get_one(Round, round_id), NOW))

    def edit(before):
        began.set()
        time.sleep(0.3)  # long enough for the other to come to the lock
        return with_question(before, "source", label={"fr": "Où ?"})

    store.change(session, published, lambda before: CHANGED, NOW)
    session.commit()
    engine = db.engine
    other = threading.Thread(target=publish)
    other.start()
    with writing(session()):
        store.change(session(), session.get_one(Round, round_id), edit, NOW)
    other.join(60)

    last = rows_of(session)[-1]
    assert frozen[0].question("source").label == {"fr": "Où ?"}
    assert last.published_at == NOW
    assert structure.load(last.content) == frozen[0]


# SQLite lets one writer in at a time: nobody can write between two reads.
@pytest.mark.only("postgresql")
def test_change_reads_again_what_it_had_read_before_its_turn(session, published):
    store.change(session, published, lambda before: CHANGED, NOW)
    session.commit()
    mine = with_question(CHANGED, "source", label={"fr": "Où ?"})
    held = rows_of(session)

    with Session(db.engine) as other, writing(other):
        stored = other.get_one(Round, published.id)
        store.change(other, stored, lambda before: mine, NOW)
    seen = []
    store.change(session, published, lambda before: seen.append(before) or before, NOW)

    assert seen == [mine]
    assert structure.load(held[-1].content) == mine


def make_later(session):
    """A round that asks nothing yet."""
    made = Round(
        code="t", title={"fr": "T"}, opens_at=NOW, closes_at=datetime(2027, 1, 1, tzinfo=UTC)
    )
    session.add(made)
    session.flush()
    return made


def test_default_asks_what_a_new_round_asks(session):
    made = make_later(session)

    assert store.working(session, made) == DEFAULT
    store.change(session, made, lambda before: CHANGED, NOW)
    assert store.working(session, made) == CHANGED
    assert store.published(session, made) is None


def test_questions_are_found_with_their_section():
    made = builders.make_outline(make_question("avis"))

    assert made.section_of("avis").code == "core"
    assert [question.code for question in made.questions] == ["avis", "on_the_tool", "capacity"]
    assert made.section_of("absent") is None


def test_round_after_one_that_asked_what_was_shipped_then_asks_what_is_shipped_now(
    session, published, monkeypatch
):
    content = json.dumps(structure.dump(CHANGED), sort_keys=True).encode()
    monkeypatch.setattr(structure, "SHIPPED_BEFORE", {hashlib.sha256(content).hexdigest()})
    store.change(session, published, lambda _before: CHANGED, NOW)
    later = make_later(session)

    store.start_from(session, later, published, NOW)

    assert store.working(session, later) == DEFAULT


def test_round_after_one_with_questions_of_its_own_asks_them_again(session, published):
    store.change(session, published, lambda _before: CHANGED, NOW)
    later = make_later(session)

    store.start_from(session, later, published, NOW)

    assert store.working(session, later) == CHANGED
