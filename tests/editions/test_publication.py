"""Editions of every kind: one mechanism prepares, publishes and freezes them."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.decisions.editions import EDITIONS
from consultation.editions.models import Edition
from consultation.editions.publication import SecondPersonNeeded
from consultation.reports.editions import REPORTS
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.moderation.builders import make_actor

pytestmark = pytest.mark.database

TEXTS = {
    EDITIONS.action: {"title": {"fr": "Révisée"}, "introduction": None},
    REPORTS.action: {"title": {"fr": "Mi-parcours"}, "introduction": None, "axis_texts": {}},
}
CONTENT = {"axes": [], "title": {"fr": "É"}}


SERIES = [EDITIONS, REPORTS]


def test_every_kind_of_edition_is_tried_here():
    assert {it.model for it in SERIES} == set(Edition.__subclasses__())


@pytest.fixture(params=SERIES, ids=lambda series: series.model.__tablename__)
def series(request):
    return request.param


@pytest.fixture
def actor(session):
    return make_organiser(session)


def prepare(series, session, actor, seen_at=None):
    with writing(session):
        edition = series.prepare(Work(session, actor, now()), TEXTS[series.action], seen_at)
    return edition.prepared_at


def publish(series, session, actor, seen_at, **options):
    with writing(session):
        work = Work(session, actor, now())
        return series.freeze(work, series.ready(work, seen_at, **options), CONTENT, parts=3)


def test_edition_is_numbered_hashed_frozen_and_noted(series, session, actor):
    for number in (1, 2):
        edition = publish(series, session, actor, prepare(series, session, actor))
        assert (edition.number, edition.publisher.id) == (number, actor.id)
        assert edition.is_intact
    noted = sa.select(AuditEvent.details).where(AuditEvent.action == series.action)
    details = session.scalars(noted.order_by(AuditEvent.id)).all()

    assert details == [{"edition": 1, "parts": 3}, {"edition": 2, "parts": 3}]
    assert [it.number for it in series.published(session)] == [2, 1]
    assert series.published_edition(session, 1).number == 1
    assert [series.published_edition(session, it) for it in (3, 2**31, 2**63)] == [None] * 3
    session.rollback()
    with pytest.raises(sa.exc.DBAPIError, match="only grow"), writing(session):
        session.execute(sa.update(series.model).values(content={}))


def test_content_that_changed_behind_its_hash_is_not_intact(series, session, actor):
    edition = publish(series, session, actor, prepare(series, session, actor))

    edition.content = CONTENT | {"axes": ["T"]}

    assert not edition.is_intact
    session.rollback()


@pytest.mark.parametrize("action", ["publish", "prepare", "discard"])
def test_edition_of_which_another_state_was_displayed_is_left(series, session, actor, action):
    seen_at = prepare(series, session, actor)
    other = make_organiser(session, "sacha")
    prepare(series, session, other, seen_at)
    actions = {
        "publish": lambda work: series.ready(work, seen_at),
        "prepare": lambda work: series.prepare(work, {}, seen_at),
        "discard": lambda work: series.discard(work, seen_at),
    }

    with pytest.raises(StaleEdit, match=series.in_french) as stale, writing(session):
        actions[action](Work(session, actor, now()))

    assert stale.value.by == other.email
    assert series.in_preparation(session).prepared_by == other.id


def test_edition_that_nobody_prepares_is_not_changed(series, session, actor):
    with pytest.raises(StaleEdit, match=series.in_french), writing(session):
        series.changed(Work(session, actor, now()))


def test_second_person_publishes_where_two_are_needed(series, session, actor):
    seen_at = prepare(series, session, actor)
    other = make_organiser(session, "sacha")

    with pytest.raises(SecondPersonNeeded):
        publish(series, session, actor, seen_at, needs_second=True)

    assert publish(series, session, other, seen_at, needs_second=True).published_by == other.id


def test_edition_given_up_leaves_its_number(series, session, actor):
    seen_at = prepare(series, session, actor)
    with writing(session):
        series.discard(Work(session, actor, now()), seen_at)

    assert series.in_preparation(session) is None
    assert publish(series, session, actor, prepare(series, session, actor)).number == 1


@pytest.mark.parametrize("name", ["prepare", "changed", "discard", "ready"])
def test_moderator_does_nothing_with_an_edition(series, session, actor, name):
    arguments = {"prepare": ({}, None), "changed": (), "discard": (now(),), "ready": (now(),)}

    with pytest.raises(NotAllowed):
        getattr(series, name)(Work(session, make_actor(session), now()), *arguments[name])
