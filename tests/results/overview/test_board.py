"""The overview board: rows, their order and filters, and totals of axes."""

import pytest

from consultation.accounts.models import Role
from consultation.results.overview.board import (
    OUTCOMES_IN_COLUMNS,
    IndicatorOutcome,
    Stances,
    board,
    by_axis,
)
from consultation.results.overview.lists import listing_of
from consultation.results.tallies import maintain
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import StaffActor
from tests.results.indicators.test_summary import rated

ORGANISER = StaffActor(1, "equipe@exemple.fr", frozenset({Role.ORGANISER}))


@pytest.fixture
def opened(session):
    """T7.1 is kept, T7.2 refused, T8.1 divides, T8.2 has one rating, T8.3 none."""
    make_measure(session, "T7")
    make_measure(session, "T8", indicators=3).tags = {"fr": "Santé, Police"}
    opened = make_round(session)
    rated(session, opened, "T7.1", [8] * 9)
    rated(session, opened, "T7.2", [2] * 10)
    rated(session, opened, "T8.1", [9] * 9, capacity="police")
    rated(session, opened, "T8.1", [1] * 9, capacity="justice")
    rated(session, opened, "T8.2", [5])
    for stance in ("keep", "keep", "amend", "replace", "drop", "none"):
        respond(session, opened, "T7", {("T7.1", "stance"): stance})
    respond(session, opened, "T8", {("T8.2", "stance"): "drop"})
    session.commit()
    maintain.refresh(session)
    return opened


@pytest.fixture
def rows(session, opened):
    return board(Work(session(), ORGANISER), opened.id)


def codes(rows):
    return [row.summary.subject.code for row in rows]


@pytest.fixture
def listed(app, rows):
    """The codes of the rows that an address asks for."""

    def ask(**arguments):
        with app.test_request_context("/organisation/vue-d-ensemble", query_string=arguments):
            return codes(listing_of(rows, "tour-1").page.rows)

    return ask


def test_stances_fall_into_three_classes_without_those_who_say_none(rows):
    first = rows[0]

    assert first.stances == Stances(kept=2, changed=2, dropped=1)
    assert first.stances.shares == (0.4, 0.4, 0.2)
    assert (first.stances.classes.kept, first.stances.classes.base) == (2, 5)


def test_each_indicator_has_the_verdict_on_its_relevance(rows):
    assert {row.summary.subject.code: row.outcome for row in rows} == {
        "T7.1": IndicatorOutcome.KEPT,
        "T7.2": IndicatorOutcome.DISMISSED,
        "T8.1": IndicatorOutcome.DISPUTED,
        "T8.2": IndicatorOutcome.NONE,
        "T8.3": IndicatorOutcome.NONE,
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("plan", ["T7.1", "T7.2", "T8.1", "T8.2", "T8.3"]),
        ("verdict", ["T8.1", "T7.2", "T7.1", "T8.2", "T8.3"]),
        ("garder", ["T7.1", "T8.2", "T7.2", "T8.1", "T8.3"]),
        ("mediane", ["T7.1", "T8.1", "T8.2", "T7.2", "T8.3"]),
        ("voix", ["T8.1", "T7.2", "T7.1", "T8.2", "T8.3"]),
    ],
)
def test_rows_are_sorted_by_a_column_and_those_without_a_value_are_last(listed, order, expected):
    assert listed(tri=order) == expected


def test_rows_without_a_value_stay_last_the_other_way_round(listed):
    assert listed(tri="mediane", sens="inverse") == [
        "T7.2",
        "T8.1",
        "T8.2",
        "T7.1",
        "T8.3",
    ]


def test_filters_narrow_by_verdict_theme_axis_and_words(rows, listed):
    assert listed(verdict="desaccord") == ["T8.1"]
    assert listed(theme="sante") == ["T8.1", "T8.2", "T8.3"]
    assert listed(q="RESERVEES t7.2") == ["T7.2"]
    assert listed(axe=rows[0].measure.axis.code, verdict="retenu") == ["T7.1"]
    assert len(listed(axe="nulle part", verdict="inconnu")) == 5  # what is unknown is ignored


def test_axis_adds_up_its_indicators(rows):
    (total,) = by_axis(rows)

    assert codes(total.rows) == codes(rows)
    assert total.by_outcome == {
        IndicatorOutcome.KEPT: 1,
        IndicatorOutcome.DISMISSED: 1,
        IndicatorOutcome.DISPUTED: 1,
        IndicatorOutcome.NONE: 2,
    }
    assert total.stances == Stances(kept=2, changed=2, dropped=2)


def test_every_outcome_has_its_column():
    assert sorted(OUTCOMES_IN_COLUMNS) == sorted(IndicatorOutcome)


def test_board_is_not_for_moderators(session, opened):
    moderator = StaffActor(1, "relit@exemple.fr", frozenset({Role.MODERATOR}))

    with pytest.raises(NotAllowed):
        board(Work(session(), moderator), opened.id)
