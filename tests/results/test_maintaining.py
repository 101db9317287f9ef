"""Tallies that are kept up with the answers."""

import sqlalchemy as sa

from consultation.database import writing
from consultation.questionnaires.models import Round
from consultation.results import checking, counting, maintaining, reading
from consultation.results.cells import Cell
from consultation.results.models import Tally, TallyChange, TallySide
from tests.exporting.builders import SENT, respond
from tests.factories import make_measure, make_round


def open_round(session, *codes):
    for code in codes or ("T7",):
        make_measure(session, code)
    opened = make_round(session)
    session.commit()
    return opened


def stored(session, opened):
    """Every tally of the round, as a count gives it."""
    session.rollback()
    rows = session.execute(
        sa.select(
            Tally.measure_id,
            Tally.indicator_id,
            Tally.question,
            Tally.value,
            Tally.side,
            Tally.side_code,
            Tally.count,
        ).where(Tally.round_id == opened.id)
    )
    return {Cell(*row[:-1]): row[-1] for row in rows}


def test_stored_tallies_equal_those_counted_from_the_answers(session):
    opened = open_round(session, "T7", "T8")
    respond(session, opened, "T7", {"standing": "done", ("T7.1", "relevance"): 8})
    respond(session, opened, "T8", {("T8.2", "stance"): "keep"}, capacity="police")
    respond(session, opened, None, {"tool_method": 3}, organisation="L'Étape")
    session.commit()

    assert maintaining.refresh(session) == 3

    assert stored(session, opened) == dict(counting.count(session, opened.id))
    assert session.scalar(sa.select(sa.func.count(TallyChange.id))) == 0
