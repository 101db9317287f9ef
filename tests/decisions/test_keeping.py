"""Shipped themes that a decision names: they stay when the list of measures is loaded."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import decide
from consultation.decisions.decide import Subject
from consultation.plan import drafts, queries
from consultation.plan.drafts import AxisDraft, MeasureDraft, PlanDraft
from consultation.plan.models import Measure
from consultation.responses import plan_changes
from consultation.server import run
from consultation.work.services import Work
from tests.decisions.builders import indicator_subject, make_decision
from tests.factories import open_for_good

LIST = PlanDraft(
    axes=(AxisDraft("A1", {"fr": "Protéger"}),),
    measures=(MeasureDraft(axis="A1", code="1", title={"fr": "Mesure 1"}),),
)


@pytest.fixture
def shipped(session):
    """An installation as it starts: the ten themes, and a round that is open."""
    with writing(session):
        run.prepare(session, now(), is_local=True)
    open_for_good(session)


def load_list(session):
    """Load a list of measures in place of the themes; return the codes of those that stay."""
    with writing(session):
        plan_changes.load_plan(session, LIST, now())
    return set(session.scalars(sa.select(Measure.code).where(Measure.is_shipped)))


def save_draft(session, organiser, subject):
    with writing(session):
        seen = decide.state_of(session, subject)
        decide.save_draft(Work(session, organiser, now()), subject, {"reason": "À voir."}, seen)


def test_themes_without_decision_go(session, shipped, organiser):
    assert load_list(session) == set()


def test_theme_with_a_decision_or_a_draft_stays(session, shipped, organiser):
    make_decision(session, organiser, indicator_subject(session, "T7.1"))
    save_draft(session, organiser, Subject(queries.bare_measure(session, "T3")))
    save_draft(session, organiser, indicator_subject(session, "T2.1"))

    assert load_list(session) == {"T2", "T3", "T7"}


def test_both_themes_of_an_indicator_that_was_moved_stay(session, shipped, organiser):
    make_decision(session, organiser, indicator_subject(session, "T7.1"))
    with writing(session):
        plan_changes.revise(Work(session, organiser, now()), under_the_second_theme)

    assert load_list(session) == {"T2", "T7"}


def under_the_second_theme(plan):
    _measure, indicator = drafts.indicator_of(plan, "T7.1")
    return drafts.gather_indicators(plan, "T2", [indicator])
