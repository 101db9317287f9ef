"""Edits of a plan draft, each of which leaves all else as it was."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.clock import now
from consultation.plan import drafts as plan_drafts
from consultation.plan.apply import apply
from consultation.plan.drafts import AxisDraft, Direction, NotInPlan
from consultation.plan.models import Measure
from consultation.plan.queries import measure_by_code, retired_indicators, retired_measure
from consultation.plan.seed import load_shipped
from consultation.plan.workbook.writer import draft_of
from consultation.responses import plan_changes
from consultation.server import run
from tests.plan.builders import (
    AT,
    LATER,
    drafts,
    make_draft,
    make_indicator_draft,
    make_measure_draft,
)


def plan():
    return make_draft(
        make_measure_draft("1", make_indicator_draft("1.1"), make_indicator_draft("1.2")),
        make_measure_draft("2", axis="B"),
        make_measure_draft("3"),
        make_measure_draft("4", axis="B"),
    )


def codes(draft):
    return [measure.code for measure in draft.measures]


def indicators_of(draft, code):
    return [it.code for it in plan_drafts.measure_of(draft, code).indicators]


def test_plan_read_and_loaded_again_changes_nothing_shipped_or_not(session):
    run.prepare(session, now(), is_local=True)
    before = draft_of(session)

    loaded = plan_changes.load_plan(session, before, now())

    assert loaded.changes.is_empty
    assert loaded.publication.is_empty
    assert draft_of(session) == before
    assert all(measure.is_shipped for measure in before.measures)
    assert all(it.is_shipped for measure in before.measures for it in measure.indicators)


def test_editing_one_theme_leaves_the_others_themes(session):
    load_shipped(session, AT)
    draft = draft_of(session)
    theme = plan_drafts.measure_of(draft, "T7")
    edited = replace(theme, title={"fr": "Héberger"})

    apply(session, plan_drafts.put_measure(draft, edited, draft.axes[0]), LATER)

    assert session.scalars(sa.select(Measure).where(~Measure.is_shipped)).all() == []
    assert measure_by_code(session, "T7").title == {"fr": "Héberger"}


def test_theme_made_official_takes_its_indicators_along(session):
    load_shipped(session, AT)
    draft = draft_of(session)
    official = plan_drafts.as_official(plan_drafts.measure_of(draft, "T7"))

    apply(session, plan_drafts.put_measure(draft, official, draft.axes[0]), LATER)

    theme = measure_by_code(session, "T7")
    assert not theme.is_shipped
    assert not any(it.is_shipped for it in theme.indicators)
    assert measure_by_code(session, "T1").is_shipped


MOVES = st.tuples(st.sampled_from(["axis", "measure", "indicator"]), st.integers(0, 20),
                  st.sampled_from(list(Direction)))  # fmt: skip


@given(draft=drafts(), moves=st.lists(MOVES, max_size=12))
@settings(max_examples=60)
def test_any_moves_keep_every_axis_measure_and_indicator(draft, moves):
    moved = draft

    for what, number, direction in moves:
        if what == "axis":
            axis = moved.axes[number % len(moved.axes)]
            moved = plan_drafts.move_axis(moved, axis.code, direction)
        elif what == "measure":
            measure = moved.measures[number % len(moved.measures)]
            moved = plan_drafts.move_measure(moved, measure.code, direction)
        elif all_codes := [it.code for each in moved.measures for it in each.indicators]:
            code = all_codes[number % len(all_codes)]
            moved = plan_drafts.move_indicator(moved, code, direction)

    def unordered(draft):
        return {
            measure.code: replace(measure, indicators=frozenset(map(repr, measure.indicators)))
            for measure in draft.measures
        }

    assert unordered(moved) == unordered(draft)
    assert {axis.code: axis for axis in moved.axes} == {axis.code: axis for axis in draft.axes}
    assert [axis.code for axis in moved.axes] == list(
        dict.fromkeys(measure.axis for measure in moved.measures)
    )


@given(draft=drafts(), moves=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Direction))))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_moves_are_stored_as_they_were_made(session, draft, moves):
    apply(session, draft, AT)
    moved = draft_of(session)
    for number, direction in moves:
        measure = moved.measures[number % len(moved.measures)]
        moved = plan_drafts.move_measure(moved, measure.code, direction)

    apply(session, moved, LATER)

    is_same = draft_of(session) == moved
    session.rollback()
    assert is_same


def test_measure_moves_within_its_axis_past_those_of_another():
    moved = plan_drafts.move_measure(plan(), "3", Direction.UP)

    assert codes(moved) == ["3", "2", "1", "4"]
    assert plan_drafts.move_measure(plan(), "1", Direction.UP) == plan()


def test_axis_moves_with_its_measures():
    moved = plan_drafts.move_axis(plan(), "B", Direction.UP)

    assert codes(moved) == ["2", "4", "1", "3"]
    assert [axis.code for axis in moved.axes] == ["B", "A"]


def test_indicator_moves_under_its_measure():
    assert indicators_of(plan_drafts.move_indicator(plan(), "1.2", Direction.UP), "1") == [
        "1.2",
        "1.1",
    ]
    assert plan_drafts.move_indicator(plan(), "1.2", Direction.DOWN) == plan()


def test_moved_measure_is_the_last_of_its_axis():
    draft = plan()
    measure = plan_drafts.measure_of(draft, "1")

    moved = plan_drafts.put_measure(draft, measure, plan_drafts.axis_of(draft, "B"))

    assert codes(moved) == ["2", "3", "4", "1"]
    assert plan_drafts.measure_of(moved, "1").axis == "B"


def test_new_axis_comes_with_its_first_measure_and_goes_with_its_last():
    axis = AxisDraft("C", {"fr": "Coopérer"})

    longer = plan_drafts.put_measure(plan(), make_measure_draft("5"), axis)

    assert [known.code for known in longer.axes] == ["A", "B", "C"]
    assert plan_drafts.measure_of(longer, "5").axis == "C"
    assert plan_drafts.retire_measure(longer, "5") == plan()


def test_what_is_not_in_the_plan_is_refused():
    for edit in (
        lambda: plan_drafts.retire_measure(plan(), "9"),
        lambda: plan_drafts.move_indicator(plan(), "9.9", Direction.UP),
        lambda: plan_drafts.move_axis(plan(), "Z", Direction.UP),
    ):
        with pytest.raises(NotInPlan):
            edit()


def test_retired_measure_comes_back_with_the_indicators_that_went_with_it(session):
    apply(session, plan(), AT)
    apply(session, plan_drafts.retire_indicator(draft_of(session), "1.2"), AT)
    apply(session, plan_drafts.retire_measure(draft_of(session), "1"), LATER)
    session.expire_all()

    gone = retired_measure(session, "1")
    apply(session, plan_drafts.put_measure(draft_of(session), gone.measure, gone.axis), LATER)

    assert gone.retired_at == LATER
    assert indicators_of(draft_of(session), "1") == ["1.1"]
    assert codes(draft_of(session)) == ["2", "3", "1", "4"]
    assert [it.indicator.code for it in retired_indicators(session, "1")] == ["1.2"]
