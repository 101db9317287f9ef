"""Judgements of measures: what contradicts what, and how counts changed over time."""

from datetime import date
from itertools import combinations_with_replacement

import pytest

from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.overview import judgements

IN_CONTRADICTION = {
    ("not_engaged", "engaged"),
    ("not_done", "partly_done"),
    ("not_done", "done"),
    ("partly_done", "done"),
    ("not_engaged", "partly_done"),
    ("not_engaged", "done"),
}


@pytest.mark.parametrize(("level", "other"), [*combinations_with_replacement(Level, 2)])
def test_levels_contradict_each_other_where_both_cannot_be_true(level, other):
    expected = (level.value, other.value) in IN_CONTRADICTION

    assert judgements.disagree([level, other]) is expected
    assert judgements.disagree([other, level]) is expected


def test_third_judge_is_compared_with_both_others():
    assert judgements.disagree([Level.ENGAGED, Level.ENGAGED, Level.NOT_ENGAGED])
    assert not judgements.disagree([Level.ENGAGED, Level.NOT_DONE])
    assert not judgements.disagree([])


def status(day, level, assessor=Assessor.STATE):
    return MeasureStatus(assessor=assessor, assessed_on=day, level=level)


def test_history_has_the_last_judgement_of_each_half_year_and_of_today():
    first = [
        status(date(2025, 3, 1), Level.NOT_DONE),
        status(date(2025, 6, 30), Level.PARTLY_DONE),
        status(date(2026, 2, 1), Level.DONE),
    ]
    second = [status(date(2026, 2, 1), Level.DONE), status(date(2026, 2, 2), Level.NOT_DONE)]

    made = judgements.history([first, second, []], date(2026, 3, 31))

    assert [(it.ends_on, dict(it.counts[Assessor.STATE])) for it in made] == [
        (date(2025, 6, 30), {Level.PARTLY_DONE: 1}),
        (date(2025, 12, 31), {Level.PARTLY_DONE: 1}),
        (date(2026, 3, 31), {Level.DONE: 1, Level.NOT_DONE: 1}),
    ]


def test_history_ends_with_today_once_when_it_ends_a_half_year():
    made = judgements.history([[status(date(2026, 6, 30), Level.DONE)]], date(2026, 6, 30))

    assert [it.ends_on for it in made] == [date(2026, 6, 30)]


def test_history_of_an_old_judgement_is_bounded():
    made = judgements.history([[status(date(2000, 1, 1), Level.DONE)]], date(2026, 3, 31))

    assert len(made) == judgements.MOST_HALF_YEARS
    assert made[-1].ends_on == date(2026, 3, 31)


def test_no_judgement_has_no_history():
    assert judgements.history([[], []], date(2026, 3, 31)) == []
