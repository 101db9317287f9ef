"""Editions of the report: frozen with their figures, and checked against what is known now."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.editions.models import digest
from consultation.editions.publication import SecondPersonNeeded
from consultation.plan.values import record
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.reports import comparison, content, editions
from consultation.reports.models import ReportEdition
from consultation.reports.references import CitationsRefused
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.moderation.builders import make_actor
from tests.plan.values.builders import (
    make_measured_indicator,
    make_public_value,
)
from tests.reports.builders import make_draft, make_report

pytestmark = pytest.mark.database

CITING = "Il y en a {{valeur:T7.1@mi-parcours}}."


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def organiser(session, indicator):
    actor = make_organiser(session)
    make_public_value(session, actor, indicator, 150.0)
    return actor


def latest(session):
    session.rollback()
    session.expire_all()
    return editions.published_edition(session)


def differences(session):
    return comparison.differences(session, latest(session))


def test_published_report_keeps_its_texts_and_figures(session, organiser):
    make_report(session, organiser, introduction=CITING, axis_texts={"T": "Un axe."})

    edition = latest(session)

    assert edition.number == 1
    assert edition.content["introduction"] == {"fr": CITING}
    assert edition.content["figures"]["valeur:T7.1@mi-parcours"]["facts"]["value"] == 150.0
    assert [it["introduction"] for it in edition.content["axes"]] == [{"fr": "Un axe."}]
    assert edition.is_intact


def test_content_to_be_frozen_has_no_time_of_its_own(session, organiser):
    draft = make_draft(session, organiser, introduction=CITING)
    today = in_paris(now()).date()

    contents = [content.frozen(session, draft, today + timedelta(days=it)) for it in (0, 1)]
    session.rollback()
    make_report(session, organiser, introduction=CITING)

    assert {digest(it) for it in contents} == {latest(session).content_hash}


def test_report_that_cites_nothing_known_is_not_published(session, organiser):
    draft = make_draft(session, organiser, introduction="Voir {{valeur:T9.1@fin}}.")

    with pytest.raises(CitationsRefused) as refused, writing(session):
        editions.publish(Work(session, organiser, now()), draft.prepared_at)

    assert [it.citation for it in refused.value.unresolved] == ["{{valeur:T9.1@fin}}"]
    assert latest(session) is None


def test_published_report_is_frozen(session, organiser):
    make_report(session, organiser)

    with pytest.raises(sa.exc.DBAPIError, match="only grow"), writing(session):
        session.execute(sa.update(ReportEdition).values(title={"fr": "Autre"}))
    session.rollback()
    with pytest.raises(sa.exc.DBAPIError, match="only grow"), writing(session):
        session.execute(sa.delete(ReportEdition))


def test_unchanged_report_has_no_difference(session, organiser):
    make_report(session, organiser, introduction=CITING)

    assert differences(session) == []


def test_corrected_value_is_a_difference(session, indicator, organiser):
    make_report(session, organiser)
    (row,) = record.current(session, [indicator.id])[indicator.id]
    session.rollback()
    with writing(session):
        report = record.Report(reported_by=Reporter.STATE, point=ValuePoint.MIDTERM, value=155.0)
        record.report(Work(session, organiser, now()), indicator, report, supersedes=row.public_id)

    found = {it.figure.id: it.facts for it in differences(session)}

    assert found["valeur:T7.1@mi-parcours"] == {}
    assert found["mot:T7.1"]["progress"] == ("late", "not_measured")


def test_another_source_is_no_difference_of_the_first(session, indicator, organiser):
    make_report(session, organiser)

    make_public_value(session, organiser, indicator, 149.0, reported_by=Reporter.ASSOCIATION)

    assert differences(session) == []


def test_check_finds_each_tampered_number_and_no_other(session, organiser):
    for number in range(20):
        more = make_measured_indicator(session, f"T{20 + number}")
        make_public_value(session, organiser, more, 120.0 + number)
    make_report(session, organiser)
    tampered = {f"valeur:T{20 + number}.1@mi-parcours" for number in range(0, 20, 2)}

    tamper(session, tampered)

    assert {it.figure.id for it in differences(session)} == tampered
    assert {tuple(it.facts) for it in differences(session)} == {("value",)}
    assert not latest(session).is_intact


def tamper(session, ids):
    """Change numbers of the published report behind the back of its triggers."""
    content = latest(session).content
    for id in ids:
        content["figures"][id]["facts"]["value"] += 1
    session.rollback()
    with writing(session):
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("ALTER TABLE report_edition DISABLE TRIGGER USER"))
        else:
            session.execute(sa.text("DROP TRIGGER report_edition_refuses_update"))
        session.execute(sa.update(ReportEdition).values(content=content))


def test_second_report_takes_the_next_number(session, organiser):
    make_report(session, organiser)
    make_report(session, organiser)

    assert [it.number for it in editions.published(session)] == [2, 1]


def test_draft_changed_meanwhile_is_stale(session, organiser):
    seen = make_draft(session, organiser).prepared_at
    make_draft(session, organiser, title="Autre")

    with pytest.raises(StaleEdit), writing(session):
        editions.publish(Work(session, organiser, now()), seen)
    with pytest.raises(StaleEdit), writing(session):
        editions.prepare(Work(session, organiser, now()), {}, seen)


def test_another_person_publishes_where_two_are_needed(session, organiser):
    draft = make_draft(session, organiser)

    with pytest.raises(SecondPersonNeeded), writing(session):
        editions.publish(Work(session, organiser, now()), draft.prepared_at, needs_second=True)


def test_draft_is_given_up(session, organiser):
    draft = make_draft(session, organiser)

    with writing(session):
        editions.discard(Work(session, organiser), draft.prepared_at)

    assert editions.in_preparation(session) is None


def test_moderator_prepares_no_report(session, organiser):
    with pytest.raises(NotAllowed):
        make_draft(session, make_actor(session, "sacha"))
