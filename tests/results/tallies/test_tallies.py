"""What is counted, and what is not."""

import sqlalchemy as sa

from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.publication import publish
from consultation.results.indicators import summary
from consultation.results.tallies import maintain, queries
from tests.exports.builders import SENT, respond
from tests.factories import make_measure, make_round


def tallies_by_code(session, opened):
    """The tallies by code of indicator, as the staff's table has them."""
    session.commit()
    maintain.refresh(session)
    return {row.subject.code: row.tally for row in summary.summaries(session, opened.id)}


def open_round(session, *codes):
    for code in codes:
        make_measure(session, code)
    return make_round(session)


def test_measures_are_counted_by_capacity_and_by_where_they_stand(session):
    opened = open_round(session, "T7", "T8")
    respond(session, opened, "T7", {"standing": "started"})
    respond(session, opened, "T7", {"standing": "started"}, capacity="police")
    respond(session, opened, "T7", {"suggestions": "Rien."}, capacity="police")
    respond(session, opened, "T8", {"standing": "done"})
    respond(session, opened, None, {"tool_method": 8})

    counted = queries.counts_in(opened.id)
    capacities = session.execute(queries.capacity_counts(counted)).all()
    states = session.execute(queries.state_counts(counted)).all()

    assert set(capacities) == {
        ("T7", "justice", 1), ("T7", "police", 2), ("T8", "justice", 1), (None, "justice", 1),
    }  # fmt: skip
    assert set(states) == {("T7", "started", 2), ("T8", "done", 1)}


def test_indicators_are_counted_by_stance_and_by_note(session):
    opened = open_round(session, "T7")
    for stance, relevance, feasibility in [
        ("keep", 9, 3),
        ("keep", 8, "none"),
        ("amend", 9, 3),
        ("none", "none", 1),
    ]:
        respond(
            session,
            opened,
            "T7",
            {
                ("T7.1", "stance"): stance,
                ("T7.1", "relevance"): relevance,
                ("T7.1", "feasibility"): feasibility,
            },
        )

    tallies = tallies_by_code(session, opened)

    assert tallies["T7.2"] == queries.IndicatorTally()
    assert tallies["T7.1"].by_stance == {"keep": 2, "amend": 1, "none": 1}
    assert tallies["T7.1"].relevance == queries.Ratings({9: 2, 8: 1}, no_opinion=1)
    assert tallies["T7.1"].feasibility == queries.Ratings({3: 2, 1: 1}, no_opinion=1)
    assert tallies["T7.1"].relevance.consensus().median == 9


def test_superseded_withdrawn_and_other_rounds_responses_are_not_counted(session):
    opened = open_round(session, "T7")
    later = make_round(session, code="tour-2")
    keeps = {("T7.1", "stance"): "keep", "standing": "done"}
    first = respond(session, opened, "T7", keeps)
    respond(session, opened, "T7", {("T7.1", "stance"): "drop"}, revises=first)
    respond(session, opened, "T7", keeps, withdrawn_at=SENT)
    respond(session, later, "T7", keeps)

    counted = queries.counts_in(opened.id)
    indicators = tallies_by_code(session, opened)

    assert session.execute(queries.capacity_counts(counted)).all() == [("T7", "justice", 1)]
    assert session.execute(queries.state_counts(counted)).all() == []
    assert indicators["T7.1"].by_stance == {"drop": 1}


def test_versions_of_an_indicator_are_counted_together(session):
    opened = open_round(session, "T7")
    respond(session, opened, "T7", {("T7.1", "relevance"): 4})
    version = session.scalars(
        sa.select(IndicatorVersion).where(IndicatorVersion.label["fr"].as_string().contains("T7.1"))
    ).one()
    version.indicator.versions.append(
        IndicatorVersion(number=2, label={"fr": "Places ouvertes"}, created_at=SENT)
    )
    session.flush()
    publish.publish(session, opened, SENT)
    respond(session, opened, "T7", {("T7.1", "relevance"): 6}, version=2)

    tallies = tallies_by_code(session, opened)

    assert tallies["T7.1"].relevance.by_note == {4: 1, 6: 1}
