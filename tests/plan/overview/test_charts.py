"""Geometry of charts: every mark at its place, and nothing drawn that is not known."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, Point, WantedDirection
from consultation.plan.overview import charts
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Reporter,
    Showing,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.publication import PublicValue

SMALLEST = 11
MEASURED = Measurement(
    MeasuredAs.NUMBER,
    WantedDirection.MORE,
    Figure(20.0, "2024"),
    Figure(40.0, "2026"),
    Figure(80.0, "2027"),
)
FALLING = replace(MEASURED, baseline=Figure(80.0, "2024"), final=Figure(20.0, "2027"))


def value(number=None, observed_on="2025", showing=Showing.EXACT, version=1, **columns):
    """A public value as the database gives it."""
    origin = {"reported_by": Reporter.STATE, "reporter": "", "covers": ""}
    origin |= {"source_kind": SourceKind.ADMINISTRATIVE, "point": ValuePoint.INTERIM, **columns}
    row = IndicatorValue(
        id=next(_ids),
        indicator_version_id=version,
        number=number,
        observed_on=observed_on,
        **origin,
    )
    less_than = SMALLEST if showing is Showing.SMALL else None
    return PublicValue(row, showing, "", datetime(2026, 11, 1, tzinfo=UTC), less_than)


_ids = iter(range(1, 10**9))


def drawn(*values, measurement=MEASURED, series=None):
    return charts.over_time(measurement, values, series or {1: 1})


def test_bullet_has_the_value_from_zero_and_the_marks_on_one_scale():
    made = charts.bullet(MEASURED, [value(40.0)])

    assert made.bars == [charts.Bar(0.0, 50.0, False, Reporter.STATE)]
    assert made.marks == {Point.BASELINE: 25.0, Point.MIDTERM: 50.0, Point.FINAL: 100.0}


def test_bullet_of_several_sources_averages_none():
    made = charts.bullet(MEASURED, [value(40.0), value(20.0)])

    assert [bar.width for bar in made.bars] == [50.0, 25.0]


def test_bullet_of_a_negative_value_begins_at_zero():
    made = charts.bullet(MEASURED, [value(-20.0)])

    (bar,) = made.bars
    assert (bar.start, bar.width) == (4.0, pytest.approx(16.0))


@pytest.mark.parametrize("number", [1.0, 10.0])
def test_small_value_is_drawn_alike_whatever_it_is(number):
    values = [value(number, showing=Showing.SMALL)]

    (bar,) = charts.bullet(MEASURED, values).bars
    chart = drawn(*values)

    assert bar == charts.Bar(0.0, pytest.approx(100 * SMALLEST / 80), True, Reporter.STATE)
    assert chart.dots == []
    (stroke,) = chart.small
    assert (stroke.y1, stroke.y2) == (200.0, pytest.approx(200 * (1 - SMALLEST / 80)))


def test_small_values_are_drawn_by_the_rule_of_their_own_publication():
    first, second = (
        replace(value(3.0, dated, Showing.SMALL), less_than=less_than)
        for dated, less_than in (("2025", 5), ("2026", 8))
    )

    chart = drawn(first, second)

    assert [it.y2 for it in chart.small] == [pytest.approx(200 * (1 - it / 80)) for it in (5, 8)]
    assert chart.less_than == [5, 8]


@pytest.mark.parametrize(
    "absent",
    [
        {"missing_because": MissingBecause.REFUSED},
        {"number": 3.0, "showing": Showing.HELD_BACK},
    ],
)
def test_missing_or_hidden_value_is_drawn_nowhere(absent):
    assert charts.bullet(MEASURED, [value(**absent)]) is None
    assert drawn(value(**absent)) is None


def test_small_value_of_an_unknown_rule_is_drawn_nowhere():
    unknown = replace(value(3.0, showing=Showing.SMALL), less_than=None)

    assert charts.bullet(MEASURED, [unknown]) is None
    assert drawn(unknown) is None


@pytest.mark.parametrize(
    "columns", [{"is_met": True}, {"level": "fait"}, {"date": date(2026, 1, 1)}]
)
def test_what_is_no_number_has_no_chart(columns):
    assert charts.bullet(Measurement(), [value(**columns)]) is None
    assert drawn(value(**columns), measurement=Measurement()) is None


def test_values_of_one_source_are_joined_in_the_order_of_their_days():
    chart = drawn(value(40.0, "2026"), value(20.0, "2025"))

    (line,) = chart.lines
    assert line.x1 < line.x2
    assert (line.y1, line.y2) == (150.0, 100.0)


@pytest.mark.parametrize(
    "between",
    [
        {"missing_because": MissingBecause.NO_ANSWER, "source_kind": None},
        {"number": 3.0, "showing": Showing.SMALL},
    ],
)
def test_line_has_a_gap_where_a_value_is_missing_or_not_shown(between):
    chart = drawn(value(20.0, "2024"), value(observed_on="2025", **between), value(40.0, "2026"))

    assert len(chart.dots) == 2
    assert chart.lines == []


@pytest.mark.parametrize(
    "other",
    [
        {"reported_by": Reporter.COLLECTIVE},
        {"reporter": "Une association"},
        {"source_kind": SourceKind.PRESS},
        {"covers": "Île-de-France"},
    ],
)
def test_another_source_is_another_line(other):
    chart = drawn(value(20.0, "2025"), value(40.0, "2026", **other))

    assert chart.lines == []
    assert [dot.source for dot in chart.dots] == [0, 1]
    assert len(chart.sources) == 2


def test_break_of_the_series_is_drawn_and_never_bridged():
    values = value(20.0, "2023"), value(30.0, "2025", version=2), value(40.0, "2026", version=2)

    chart = drawn(*values, series={1: 1, 2: 2})

    (line,) = chart.lines
    (there,) = chart.breaks
    assert chart.dots[0].x < there < chart.marks[0].x < line.x1


def test_break_stands_after_the_last_value_where_none_follows():
    measurement = Measurement(MeasuredAs.NUMBER, final=Figure(80.0))

    chart = drawn(value(20.0, "2025"), measurement=measurement, series={1: 1, 2: 2})

    assert chart.breaks == [pytest.approx((chart.dots[0].x + 100) / 2)]


def test_one_series_has_no_break():
    assert drawn(value(20.0, "2025"), value(40.0, "2026")).breaks == []


def test_paths_lead_from_the_baseline_to_each_target():
    chart = drawn(value(20.0))

    baseline, midterm, final = chart.marks
    assert [(it.x1, it.y1, it.x2, it.y2) for it in chart.paths] == [
        (baseline.x, baseline.y, midterm.x, midterm.y),
        (baseline.x, baseline.y, final.x, final.y),
    ]


def test_source_has_its_last_value_and_its_place_among_those_of_its_reporter():
    chart = drawn(
        value(20.0, "2025"),
        value(40.0, "2026"),
        value(30.0, "2026", covers="Île-de-France"),
        value(10.0, "2026", reported_by=Reporter.RAPPORTEUR),
    )

    assert [it.row.number for it in chart.sources] == [40.0, 30.0, 10.0]
    assert chart.ranks == [0, 1, 0]


def test_labels_of_targets_are_above_a_path_that_rises_and_below_one_that_falls():
    rising, falling = drawn(value(20.0)), drawn(value(60.0), measurement=FALLING)

    assert [it.label.y < it.y for it in rising.marks] == [False, True, True]
    assert [it.label.y < it.y for it in falling.marks] == [True, False, False]
    assert [it.label.anchor for it in rising.marks] == ["at-start", "at-start", "at-end"]


def test_label_leaves_the_place_of_a_dot():
    (_baseline, alone, _final), (_baseline, moved, _final) = (
        drawn(value(number, "2026")).marks for number in (20.0, 42.0)
    )

    assert alone.label.y < alone.y
    assert moved.label.y > moved.y


def test_figure_without_a_date_is_a_level_and_has_no_path():
    measurement = Measurement(MeasuredAs.NUMBER, None, Figure(20.0), final=Figure(80.0, "2027"))

    chart = drawn(value(20.0), measurement=measurement)

    assert [mark.x is None for mark in chart.marks] == [True, False]
    assert chart.paths == []


def test_value_without_a_date_stands_at_that_of_its_target():
    chart = drawn(value(40.0, "", point=ValuePoint.MIDTERM))

    assert chart.dots[0].x == next(it.x for it in chart.marks if it.point is Point.MIDTERM)


def test_value_without_any_date_is_in_the_table_only():
    assert drawn(value(40.0, "")) is None


def test_years_stand_below_the_middle_of_their_values():
    chart = drawn(value(20.0, "2025"), value(40.0, "2026"))

    assert [year for _x, year in chart.years] == [2024, 2025, 2026, 2027]
    assert chart.dots[0].x == dict(map(reversed, chart.years))[2025]


@given(
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda it: round(it, 3)), max_size=6),
    st.lists(st.dates(date(1900, 1, 1), date(2200, 12, 31)), min_size=6, max_size=6),
)
def test_all_that_is_drawn_is_inside_and_ticks_are_few(numbers, days):
    values = [value(number, day.isoformat()) for number, day in zip(numbers, days, strict=False)]
    chart = drawn(*values)
    if chart is None:
        assert not values
        return

    assert all(0 <= dot.x <= 100 and 0 <= dot.y <= 200 for dot in chart.dots)
    assert all(0 <= mark.x <= 100 and 0 <= mark.y <= 200 for mark in chart.marks)
    assert all(-8 <= mark.label.y <= 200 for mark in chart.marks)
    assert 2 <= len(chart.ticks) <= charts.MOST_TICKS + 2
    assert len(chart.years) <= charts.MOST_YEARS
    assert 0.0 in [round(tick, 9) for _y, tick in chart.ticks]
