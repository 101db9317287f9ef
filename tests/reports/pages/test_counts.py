"""Counts of a report: what each assessor says, what moved, what nobody can say."""

import pytest

from consultation.plan.models import Assessor
from consultation.reports.pages import counts
from tests.reports.pages.builders import assessed, baseline, counted, measure, progress, value

STATE, COLLECTIVE = Assessor.STATE, Assessor.COLLECTIVE


def test_measures_are_counted_by_assessor_and_level():
    measures = [measure(code) for code in ("A", "B", "C", "D")]
    made = counted(
        measures,
        *assessed("A", state="done", collective="not_done"),
        *assessed("B", state="partly_done"),
        *assessed("C", state="engaged"),
    )

    assert [made.done(STATE), made.advancing(STATE), made.unassessed(STATE)] == [1, 2, 1]
    assert [made.done(COLLECTIVE), made.advancing(COLLECTIVE)] == [0, 0]
    assert list(made.assessors) == [STATE, COLLECTIVE]
    assert made.disputed == 1
    assert made.unknown_measures == 1


def test_bar_has_a_part_for_each_level_and_leaves_the_rest():
    made = counted(
        [measure(code) for code in ("A", "B", "C", "D")],
        *assessed("A", state="done"),
        *assessed("B", state="engaged"),
    )

    segments = [(it.level.value, it.start, it.length) for it in made.bar(STATE)]

    assert segments == [("done", 0.0, 25.0), ("engaged", 25.0, 25.0)]
    assert made.bar(COLLECTIVE) == []
    assert made.is_unassessed


def test_indicators_are_counted_by_what_can_be_said_of_them():
    codes = ["A.1", "A.2", "A.3", "A.4", "A.5"]
    states = ["reached", "on_track", "late", "not_measured", None]
    made = counted([measure("A", *codes)], *map(progress, codes, states))

    assert (made.on_track, made.late, made.unknown, made.indicator_count) == (2, 1, 2, 5)
    assert made.late_measures == 1
    assert made.unknown_measures == 0


def test_measure_without_assessment_and_conclusion_is_unknown():
    made = counted(
        [measure("A", "A.1"), measure("B", "B.1"), measure("C", "C.1")],
        progress("A.1", "not_measured"),
        progress("B.1", "not_comparable"),
        *assessed("B", rapporteur="not_engaged"),
        progress("C.1", "reached"),
    )

    assert made.unknown_measures == 1


@pytest.mark.parametrize(
    ("figures", "direction"),
    [
        ([baseline("A.1", 10.0), value("A.1", 12.0)], 1),
        ([baseline("A.1", 10.0), value("A.1", 9.0)], -1),
        ([baseline("A.1", 10.0), value("A.1", 10.0)], 0),
        ([baseline("A.1", 10.0), value("A.1", 12.0), value("A.1", 9.0)], 0),
        ([baseline("A.1", 10.0), value("A.1", 9.0), value("A.1", 12.0, point="final")], 1),
        ([baseline("A.1", 10.0), value("A.1", 12.0, is_comparable=False)], 0),
        ([baseline("A.1", 10.0), value("A.1", None)], 0),
        ([baseline("A.1", False), value("A.1", True)], 0),
        ([value("A.1", 12.0)], 0),
        ([baseline("A.1", 10.0)], 0),
    ],
)
def test_indicator_moved_where_its_last_comparable_values_agree(figures, direction):
    made = counted([measure("A", "A.1")], *figures)

    assert (made.closer, made.further) == (int(direction == 1), int(direction == -1))


def test_indicator_that_is_to_shrink_moved_the_other_way():
    shrinking = {"code": "A.1", "measurement": {"direction": "less"}}
    known = counts.by_code([baseline("A.1", 10.0), value("A.1", 12.0)])

    assert counts.direction_of(shrinking, known) == -1
    for direction in (None, "none", "reach"):
        undirected = {"code": "A.1", "measurement": {"direction": direction}}
        assert counts.direction_of(undirected, known) == 0


def test_last_values_are_those_of_the_last_moment():
    known = [value("A.1", 1.0, point="interim"), value("A.1", 2.0), value("A.1", None)]

    assert [it.facts["value"] for it in counts.last_values(known)] == [2.0, None]
    assert counts.last_values([]) == []
