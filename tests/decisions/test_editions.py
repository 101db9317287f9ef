"""Editions: decisions carried out together, frozen, all or nothing."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.decisions import content, editions
from consultation.decisions.decide import Subject
from consultation.decisions.editions import Obstructed
from consultation.decisions.models import DecisionOutcome, EditionDecision, PlanEdition
from consultation.editions.publication import SecondPersonNeeded
from consultation.i18n import localized
from consultation.plan import queries
from consultation.plan.measurement.values import Figure, Measurement, from_json
from consultation.plan.models import IndicatorVersion, MeasuredAs
from consultation.questionnaires.models import Questionnaire
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    wording_of,
)
from tests.moderation.builders import make_actor

pytestmark = pytest.mark.database

MEASURED = Measurement(MeasuredAs.NUMBER, None, Figure(120.0, "2025", "Rapport annuel"))


def test_edition_carries_out_its_decisions(session, opened, organiser):
    reworded = make_decision(
        session,
        organiser,
        indicator_subject(session, "T7.1"),
        label="Places ouvertes",
        measurement=MEASURED,
    )
    retired = make_decision(
        session,
        organiser,
        indicator_subject(session, "T7.2"),
        outcome=DecisionOutcome.RETIRED,
        reason={"fr": "Il dit la même chose que le premier."},
    )
    measure = queries.bare_measure(session, "T4")
    wording = wording_of(indicator_subject(session, "T4.1"), label="Contrats signés")
    added = make_decision(
        session, organiser, Subject(measure), outcome=DecisionOutcome.ADDED, code="T4.9",
        wording=wording,
    )  # fmt: skip
    edition = make_edition(session, organiser, reworded, retired, added)

    version = queries.stored_indicator(session, "T7.1").version
    assert (version.number, localized(version.label, "fr")) == (2, "Places ouvertes")
    assert version.reason == "Les contributions le demandent."
    assert queries.stored_indicator(session, "T7.2").retired_at is not None
    assert queries.stored_indicator(session, "T4.9").measure.code == "T4"
    measures = {it["code"]: it for it in edition.content["axes"][0]["measures"]}
    assert [it["code"] for it in measures["T7"]["indicators"]] == ["T7.1"]
    assert from_json(measures["T7"]["indicators"][0]["measurement"]) == MEASURED
    assert edition.is_intact


def test_edition_renews_the_forms_that_it_changes(session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session), label="Places")
    make_edition(session, organiser, decision)

    versions = session.scalars(
        sa.select(Questionnaire.version)
        .where(Questionnaire.measure_id == decision.measure_id)
        .order_by(Questionnaire.version)
    ).all()
    assert versions == [1, 2]


def test_edition_without_decisions_is_the_plan_as_it_is(session, opened, organiser):
    edition = make_edition(session, organiser)

    assert edition.number == 1
    assert edition.content == content.frozen(session)


def test_published_edition_is_frozen(session, opened, organiser):
    make_edition(session, organiser)

    for statement in ("UPDATE plan_edition SET number = 7", "DELETE FROM plan_edition"):
        with pytest.raises(sa.exc.IntegrityError, match="only grows"):
            session.execute(sa.text(statement))
        session.rollback()


def prepared(session, actor, *decisions):
    with writing(session):
        editions.prepare(
            Work(session, actor, now()), {"fr": "Édition"}, None, [it.id for it in decisions], None
        )
    return editions.edition_in_preparation(session)


def test_obstacle_publishes_nothing_of_the_edition(session, opened, organiser):
    good = make_decision(session, organiser, indicator_subject(session, "T4.1"), label="Contrats")
    bad = make_decision(session, organiser, indicator_subject(session, "T7.1"), label="Places")
    edition = prepared(session, organiser, good, bad)
    queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()

    with pytest.raises(Obstructed) as refused, writing(session):
        editions.publish(Work(session, organiser, now()), edition.prepared_at)
    session.expire_all()

    assert [it.sentence for it in refused.value.obstacles] == [editions.GONE]
    assert editions.published_edition(session) is None
    assert queries.stored_indicator(session, "T4.1").version.number == 1


def test_failure_half_way_publishes_nothing(session, opened, organiser, monkeypatch):
    decision = make_decision(session, organiser, indicator_subject(session), label="Places")
    edition = prepared(session, organiser, decision)
    monkeypatch.setattr(content, "frozen", lambda _session: 1 / 0)

    with pytest.raises(ZeroDivisionError), writing(session):
        editions.publish(Work(session, organiser, now()), edition.prepared_at)
    session.expire_all()

    assert editions.published_edition(session) is None
    assert queries.stored_indicator(session, "T7.1").version.number == 1


def test_decision_on_a_reworded_indicator_is_an_obstacle(session, opened, organiser):
    stale = make_decision(session, organiser, indicator_subject(session, "T7.1"), label="Places")
    values = {"number": 2, "label": {"fr": "Autre"}, "created_at": now()}
    session.add(IndicatorVersion(indicator_id=stale.indicator_id, **values))
    session.commit()
    edition = prepared(session, organiser, stale)

    assert [it.sentence for it in editions.obstacles(session, edition)] == [editions.REWORDED]


def test_code_taken_meanwhile_is_an_obstacle(session, opened, organiser):
    subject = Subject(queries.bare_measure(session, "T7"))
    wording = wording_of(indicator_subject(session))
    added = make_decision(
        session, organiser, subject, outcome=DecisionOutcome.ADDED, code="t7.1", wording=wording
    )
    edition = prepared(session, organiser, added)

    assert [it.sentence for it in editions.obstacles(session, edition)] == [editions.CODE_TAKEN]


def test_second_person_publishes_where_two_are_needed(session, opened, organiser):
    edition = prepared(session, organiser)

    with pytest.raises(SecondPersonNeeded), writing(session):
        editions.publish(Work(session, organiser, now()), edition.prepared_at, needs_second=True)
    with writing(session):
        other = make_organiser(session, "sacha")
        editions.publish(Work(session, other, now()), edition.prepared_at, needs_second=True)

    assert editions.published_edition(session).publisher.email == other.email


def test_edition_that_changed_since_it_was_shown_is_not_published(session, opened, organiser):
    edition = prepared(session, organiser)
    seen = edition.prepared_at
    with writing(session):
        editions.prepare(Work(session, organiser, now()), {"fr": "Autre titre"}, None, [], seen)

    with pytest.raises(StaleEdit), writing(session):
        editions.publish(Work(session, organiser, now()), seen)


def test_later_decision_takes_the_place_in_the_edition_in_preparation(session, opened, organiser):
    first = make_decision(session, organiser, indicator_subject(session), label="Places")
    prepared(session, organiser, first)
    second = make_decision(session, organiser, indicator_subject(session), label="Places ouvertes")

    edition = editions.edition_in_preparation(session)
    assert [it.id for it in edition.decisions] == [second.id]


def test_edition_given_up_leaves_its_decisions(session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session))
    edition = prepared(session, organiser, decision)
    with writing(session):
        editions.discard(Work(session, organiser), edition.prepared_at)

    assert session.scalar(sa.select(sa.func.count(PlanEdition.id))) == 0
    assert [it.id for it in editions.unpublished_decisions(session)] == [decision.id]


def test_published_decision_is_not_offered_again(session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session))
    make_edition(session, organiser, decision)

    assert editions.unpublished_decisions(session) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(EditionDecision)) == 1


def test_moderator_may_not_publish_an_edition(session, opened):
    with pytest.raises(NotAllowed):
        make_edition(session, make_actor(session))
