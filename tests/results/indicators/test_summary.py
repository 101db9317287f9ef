"""Indicator summaries: all indicators of a round, side by side."""

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from consultation.plan.models import Axis, IndicatorVersion, Measure
from consultation.results.indicators import summary
from consultation.results.indicators.verdicts import Divide, IndicatorVerdict
from consultation.results.publication.figures import load_reports
from consultation.results.tallies import maintain
from tests.exports.builders import respond
from tests.factories import OPENED, make_indicator, make_measure, make_round, publish_again


def rated(session, opened, indicator, notes, question="relevance", **respondent):
    for note in notes:
        measure = indicator.split(".")[0]
        respond(session, opened, measure, {(indicator, question): note}, **respondent)


@pytest.fixture
def opened(session):
    """Two measures of two indicators, of which T8.1 divides, T7.2 is refused and T7.1 kept."""
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    rated(session, opened, "T7.1", [8] * 9)
    rated(session, opened, "T7.2", [2] * 10)
    rated(session, opened, "T8.1", [9] * 9, capacity="police")
    rated(session, opened, "T8.1", [1] * 9, capacity="justice")
    rated(session, opened, "T8.2", [5])
    session.commit()
    maintain.refresh(session)
    return opened


def codes(rows):
    return [row.subject.code for row in rows]


def test_every_indicator_is_there_with_what_its_notes_come_to(session, opened):
    rows = summary.summaries(session, opened.id)

    assert codes(rows) == ["T7.1", "T7.2", "T8.1", "T8.2"]
    assert [row.relevance.verdict for row in rows] == [
        IndicatorVerdict.KEPT,
        IndicatorVerdict.DISMISSED,
        IndicatorVerdict.DIVIDED,
        IndicatorVerdict.TOO_FEW,
    ]
    assert rows[2].relevance.divide == Divide("police", "justice")
    assert rows[2].tally.relevance.by_note == {9: 9, 1: 9}
    assert [row.answers for row in rows] == [9, 10, 18, 1]
    assert rows[0].feasibility.lacking == 9


def test_stances_are_there_and_who_only_took_one_counts_as_an_answer(session, opened):
    for stance in ("keep", "amend", "amend"):
        respond(session, opened, "T8", {("T8.2", "stance"): stance})
    session.commit()
    maintain.refresh(session)

    row = summary.summaries(session, opened.id)[-1]

    assert row.tally.by_stance == {"keep": 1, "amend": 2}
    assert row.answers == 3


def test_table_is_narrowed_to_a_measure_or_an_axis(session, opened):
    plan_id = session.scalars(sa.select(Axis.plan_id)).first()
    other = Axis(plan_id=plan_id, code="A2", title={"fr": "Autre"}, position=2)
    session.add(other)
    session.flush()
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T8")).one()
    measure.axis_id = other.id
    session.flush()

    assert codes(summary.summaries(session, opened.id, measure_id=measure.id)) == ["T8.1", "T8.2"]
    assert codes(summary.summaries(session, opened.id, axis="A2")) == ["T8.1", "T8.2"]
    assert codes(summary.summaries(session, opened.id, axis="T")) == ["T7.1", "T7.2"]


def test_what_the_round_does_not_ask_about_is_left_out(session, opened):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T8")).one()
    make_indicator(session, measure, "T8.3", 3)

    assert "T8.3" not in codes(summary.summaries(session, opened.id))


def test_later_round_adds_nothing_to_an_earlier_one(session, opened):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T8")).one()
    make_indicator(session, measure, "T8.3", 3)
    later = make_round(session, code="tour-2")

    assert "T8.3" not in codes(summary.summaries(session, opened.id))
    assert "T8.3" in codes(summary.summaries(session, later.id))


def test_reworded_indicator_is_there_once_in_the_wording_answered(session, opened):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    publish_again(session, measure, "Places ouvertes chaque nuit")

    rows = summary.summaries(session, opened.id)

    assert codes(rows) == ["T7.1", "T7.2", "T8.1", "T8.2"]
    assert rows[0].subject.label["fr"] == "Places réservées (T7.1)"
    assert (rows[0].subject.version, rows[0].subject.wordings) == (1, 1)


def test_each_round_shows_the_wording_answered_else_the_last_of_its_own_forms(session, opened):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    publish_again(session, measure, "Redit pendant le tour")
    reword(session, measure.indicators[0], 3, "Tout autre chose")
    later = make_round(session, code="tour-2")
    session.commit()

    of_each = [summary.subjects(session, it.id, measure_id=measure.id)[0] for it in (opened, later)]

    displayed = [subject.label["fr"] for subject in of_each]
    public = [
        load_reports(session, it.id)[measure.id].indicators["T7.1"]["fr"] for it in (opened, later)
    ]
    assert displayed == ["Places réservées (T7.1)", "Tout autre chose"]
    assert public == ["Redit pendant le tour", "Tout autre chose"]  # before answers are looked at


def reword(session, indicator, number, wording):
    indicator.versions.append(
        IndicatorVersion(number=number, label={"fr": wording}, reason="Autre", created_at=OPENED)
    )
    session.flush()
    session.refresh(indicator)


def test_table_takes_three_queries_whatever_there_is(session, opened):
    round_id, statements = opened.id, []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )

    summary.summaries(session, round_id)

    assert len(statements) == 3
