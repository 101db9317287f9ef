"""Progress in words: direction respected, none across a break, none from what is missing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values.models import MissingBecause, ValuePoint
from consultation.plan.values.progress import Observation, Progress, Rule, conclude, end_of

TODAY = date(2026, 11, 29)
MORE = Measurement(
    MeasuredAs.NUMBER,
    WantedDirection.MORE,
    Figure(100.0, "2024"),
    Figure(150.0, "2026"),
    Figure(200.0, "2027"),
)


def observed(value, on="2026-06", **values):
    return Observation(value, observed_on=on, **values)


@pytest.mark.parametrize(
    ("value", "on", "progress", "rule"),
    [
        (150, "2026-06", Progress.REACHED, Rule.TARGET_REACHED),
        (140, "2026-06", Progress.ON_TRACK, Rule.AHEAD_OF_PATH),
        (110, "2026-06", Progress.LATE, Rule.BEHIND_PATH),
        (150, "2027-06-30", Progress.LATE, Rule.BEHIND_PATH),
        (199, "2027-12-31", Progress.LATE, Rule.BEHIND_PATH),
        (200, "2027", Progress.REACHED, Rule.TARGET_REACHED),
    ],
)
def test_number_is_compared_with_the_next_target(value, on, progress, rule):
    conclusion = conclude(MORE, [observed(value, on)], TODAY)

    assert (conclusion.progress, conclusion.rule) == (progress, rule)


def test_target_whose_day_has_passed_is_late():
    conclusion = conclude(MORE, [observed(149, "2026")], date(2027, 1, 1))

    assert conclusion.rule is Rule.TARGET_DAY_PASSED


@pytest.mark.parametrize(
    ("measurement", "value", "progress"),
    [
        (Measurement(MeasuredAs.YES_NO, None, final=Figure(True)), True, Progress.REACHED),
        (Measurement(MeasuredAs.YES_NO, None, final=Figure(True, "2025")), False, Progress.LATE),
        (Measurement(MeasuredAs.LEVEL, None, final=Figure("Généralisé")), "généralisé",
         Progress.REACHED),
        (Measurement(MeasuredAs.DATE, None, final=Figure(date(2026, 6, 1))), date(2026, 5, 1),
         Progress.REACHED),
        (Measurement(MeasuredAs.NUMBER, WantedDirection.REACH, final=Figure(5.0, "2025")), 7.0,
         Progress.LATE),
        (Measurement(MeasuredAs.NUMBER, WantedDirection.NONE, final=Figure(5.0)), 7.0, None),
        (Measurement(MeasuredAs.NUMBER, WantedDirection.MORE), 7.0, None),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_its_rule(measurement, value, progress):
    assert conclude(measurement, [observed(value)], TODAY).progress is progress


def test_sources_that_disagree_give_no_word():
    values = [observed(160, point=ValuePoint.MIDTERM), observed(90, point=ValuePoint.MIDTERM)]

    assert conclude(MORE, values, TODAY).rule is Rule.SOURCES_DIFFER


def test_later_moment_counts():
    values = [observed(160, point=ValuePoint.MIDTERM), observed(110, "2027", point=None)]

    assert conclude(MORE, values, TODAY).progress is Progress.LATE


numbers = st.integers(-10_000, 10_000).map(float)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31)).map(date.isoformat)
figures = st.builds(Figure, numbers, days)
measurements = st.builds(
    Measurement,
    st.just(MeasuredAs.NUMBER),
    st.sampled_from([WantedDirection.MORE, WantedDirection.LESS]),
    st.none() | figures,
    st.none() | figures,
    st.none() | figures,
)
observations = st.lists(
    st.builds(
        Observation,
        numbers,
        st.none() | st.sampled_from(ValuePoint),
        days,
        is_of_series=st.booleans(),
    ),
    max_size=4,
)


def mirrored(measurement):
    """The same with the opposite sign: more becomes less."""

    def turned(figure):
        return figure and replace(figure, value=-figure.value)

    direction = (
        WantedDirection.LESS
        if measurement.direction is WantedDirection.MORE
        else WantedDirection.MORE
    )
    return Measurement(
        measurement.measured_as,
        direction,
        turned(measurement.baseline),
        turned(measurement.midterm),
        turned(measurement.final),
    )


@given(measurements, observations, st.dates(date(2024, 1, 1), date(2029, 1, 1)))
def test_direction_is_respected(measurement, values, today):
    opposite = [replace(it, value=-it.value) for it in values]

    assert conclude(measurement, values, today) == conclude(mirrored(measurement), opposite, today)


@given(measurements, observations)
def test_no_word_of_progress_is_given_across_a_break(measurement, values):
    values = [replace(it, is_of_series=False) for it in values]
    conclusion = conclude(measurement, values, TODAY)

    assert conclusion.progress in (Progress.NOT_COMPARABLE, Progress.NOT_MEASURED)


@given(measurements, observations, st.sampled_from(MissingBecause))
def test_no_word_of_progress_is_given_from_what_is_missing(measurement, values, because):
    values = [replace(it, value=None, missing_because=because) for it in values]
    conclusion = conclude(measurement, values, TODAY)

    assert conclusion.progress in (Progress.NOT_COMPARABLE, Progress.NOT_MEASURED)


@given(measurements, numbers, days)
def test_better_value_is_never_worse_progress(measurement, value, on):
    rank = {Progress.LATE: 0, None: 1, Progress.ON_TRACK: 1, Progress.REACHED: 2}
    better = value + (1 if measurement.direction is WantedDirection.MORE else -1)
    before = conclude(measurement, [observed(value, on)], TODAY)
    after = conclude(measurement, [observed(better, on)], TODAY)

    assert rank[after.progress] >= rank[before.progress]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_partial_date_ends_with_its_period(day):
    month, year = end_of(f"{day:%Y-%m}"), end_of(f"{day:%Y}")

    assert day <= month <= year
    assert (month + timedelta(days=1)).day == 1
    assert (year + timedelta(days=1)).month == 1
    assert end_of("") is None
