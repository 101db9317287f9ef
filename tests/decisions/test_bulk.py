"""Indicators that nobody contests, kept in one act, and the act taken back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import bulk, decide, editions
from consultation.decisions.bulk import NoLongerUncontested
from consultation.decisions.models import DecisionOutcome, EditionDecision, IndicatorDecision
from consultation.moderation.models import ModeratedText, Verdict
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    make_published_text,
)
from tests.exports.builders import respond
from tests.factories import publish_again
from tests.moderation.builders import Colleague, make_actor, make_text

pytestmark = pytest.mark.database

SMALLEST = 3
REASON = {"fr": "Personne ne le conteste."}


@pytest.fixture
def voted(session, opened):
    """T7.1 and T4.1 are kept by all, T7.2 is kept by two only."""
    for _ in range(SMALLEST):
        respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
        respond(session, opened, "T4", {("T4.1", "stance"): "keep"})
    for _ in range(SMALLEST - 1):
        respond(session, opened, "T7", {("T7.2", "stance"): "keep"})
    session.commit()
    maintain.refresh(session)
    return opened


def codes(session, actor, round_):
    session.expire_all()
    rows = bulk.uncontested(Work(session(), actor), round_, SMALLEST)
    session.commit()
    return sorted(row.code for row in rows)


def keep(session, actor, round_, *kept, at=None):
    with writing(session):
        return bulk.keep(Work(session, actor, at or now()), round_, kept, REASON, SMALLEST)


def take_back(session, actor, moment):
    with writing(session):
        return bulk.take_back(Work(session, actor, now()), moment)


def say(session, opened, stance, code="T7.1"):
    respond(session, opened, code[:2], {(code, "stance"): stance})
    session.commit()
    maintain.refresh(session)


@pytest.mark.parametrize("stance", ["amend", "replace", "drop"])
def test_indicator_that_somebody_wants_otherwise_is_contested(session, voted, organiser, stance):
    assert codes(session, organiser, voted) == ["T4.1", "T7.1"]

    say(session, voted, stance)

    assert codes(session, organiser, voted) == ["T4.1"]


def test_opinion_that_is_not_counted_yet_keeps_its_measure_out(session, voted, organiser):
    respond(session, voted, "T7", {("T7.2", "stance"): "drop"})
    session.commit()

    assert codes(session, organiser, voted) == ["T4.1"]


def test_opinion_of_none_contests_nothing(session, voted, organiser):
    say(session, voted, "none")

    assert codes(session, organiser, voted) == ["T4.1", "T7.1"]


def test_unread_text_keeps_an_indicator_out_until_it_is_read(session, voted, organiser):
    text = make_text(session, voted, "Rien.", others={("T7.1", "source"): "Une source."})
    source = session.scalars(
        sa.select(ModeratedText).where(ModeratedText.answer_id != text.answer_id)
    ).one()
    maintain.refresh(session)
    assert codes(session, organiser, voted) == ["T4.1"]

    Colleague(session, make_actor(session, "lecture")).decide(source, Verdict.WITHHOLD)
    maintain.refresh(session)

    assert codes(session, organiser, voted) == ["T4.1", "T7.1"]


def test_proposed_wording_contests_an_indicator(session, voted, organiser):
    make_published_text(session, voted, "Autrement", code=("T7.1", "proposed_wording"))
    maintain.refresh(session)

    assert codes(session, organiser, voted) == ["T4.1"]


def test_indicator_is_kept_with_one_reason_and_by_the_actor(session, voted, organiser):
    assert keep(session, organiser, voted, "T7.1", "T4.1") == 2

    rows = session.scalars(sa.select(IndicatorDecision)).all()
    assert {it.indicator.code for it in rows} == {"T4.1", "T7.1"}
    assert {it.outcome for it in rows} == {DecisionOutcome.KEPT}
    assert {it.reason["fr"] for it in rows} == {REASON["fr"]}
    assert {it.account_id for it in rows} == {organiser.id}
    assert {it.version_id for it in rows} == {it.indicator.version.id for it in rows}
    assert len(editions.unpublished_decisions(session)) == 2
    assert codes(session, organiser, voted) == []


def test_nothing_is_kept_where_one_is_contested_meanwhile(session, voted, organiser):
    make_decision(session, make_organiser(session, "sacha"), indicator_subject(session, "T4.1"))

    with pytest.raises(NoLongerUncontested) as refused:
        keep(session, organiser, voted, "T7.1", "T4.1", "<b>", "")
    session.rollback()

    assert refused.value.codes == ["T4.1", "<b>", ""]
    assert session.scalar(sa.select(sa.func.count(IndicatorDecision.id))) == 1


def test_act_is_taken_back_and_may_be_done_again(session, voted, organiser):
    moment = now()
    with writing(session):
        before = decide.state_of(session, indicator_subject(session))
    keep(session, organiser, voted, "T7.1", "T4.1", at=moment)
    assert [it[1:] for it in bulk.kept_lots(session)] == [(organiser.email, 2)]
    session.commit()

    assert take_back(session, make_organiser(session, "sacha"), moment) == 2

    assert bulk.kept_lots(session) == []
    assert editions.unpublished_decisions(session) == []
    assert decide.current_decisions(session, indicator_subject(session)) == []
    assert decide.state_of(session, indicator_subject(session)) == before
    assert codes(session, organiser, voted) == ["T4.1", "T7.1"]
    assert take_back(session, organiser, moment) == 0
    assert keep(session, organiser, voted, "T7.1") == 1


def test_decision_taken_back_leaves_the_edition_in_preparation(session, voted, organiser):
    moment = now()
    keep(session, organiser, voted, "T7.1", "T4.1", at=moment)
    with writing(session):
        ids = [it.id for it in editions.unpublished_decisions(session)]
        editions.prepare(Work(session, organiser, now()), {"fr": "Une"}, None, ids, None)

    take_back(session, organiser, moment)

    assert session.scalar(sa.select(sa.func.count()).select_from(EditionDecision)) == 0


def test_what_is_published_or_decided_otherwise_since_is_not_taken_back(session, voted, organiser):
    moment = now()
    keep(session, organiser, voted, "T7.1", "T4.1", at=moment)
    by_code = {it.indicator.code: it for it in editions.unpublished_decisions(session)}
    session.commit()
    make_edition(session, organiser, by_code["T4.1"])
    make_decision(session, organiser, indicator_subject(session), label="Autrement")

    assert bulk.kept_lots(session) == []
    session.commit()
    assert take_back(session, organiser, moment) == 0
    assert take_back(session, organiser, None) == 0


def test_indicator_decided_in_an_earlier_round_is_kept_anew(session, voted, organiser):
    early = voted.opens_at - timedelta(days=1)
    earlier = make_decision(session, organiser, indicator_subject(session), at=early)
    make_edition(session, organiser, earlier)
    assert codes(session, organiser, voted) == ["T4.1", "T7.1"]

    keep(session, organiser, voted, "T7.1")

    (last,) = editions.unpublished_decisions(session)
    assert last.supersedes_id == earlier.id


def test_opinions_on_an_earlier_wording_keep_an_indicator_out(session, voted, organiser):
    publish_again(session, indicator_subject(session).measure)
    session.commit()

    assert codes(session, organiser, voted) == ["T4.1"]
