"""The sheets *Synthèse* and *Couverture*: tables of counts, also where nothing is to be counted."""

from sqlalchemy import event

from consultation.exports.workbook.instrument import load_instrument
from consultation.exports.workbook.sheets import coverage, summary
from tests.exports.builders import respond
from tests.factories import make_measure, make_round


def records(sheet):
    return [dict(zip(sheet.headers(), row, strict=True)) for row in sheet.rows()]


def test_number_of_queries_does_not_grow_with_the_measures(session):
    codes = [f"M{number}" for number in range(12)]
    for code in codes:
        make_measure(session, code)
    opened = make_round(session)
    for code in codes:
        respond(session, opened, code, {"standing": "done"})
    session.flush()
    instrument = load_instrument(session, opened)
    statements = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )

    rows = records(summary.sheet(session, instrument))

    assert [row["Contributions"] for row in rows] == [1] * 12 + [0]
    assert len(statements) == 2


def test_round_without_responses_has_rows_of_zeros_and_no_dates(session):
    make_measure(session, "T7")
    instrument = load_instrument(session, make_round(session))

    [summed, _tool] = records(summary.sheet(session, instrument))
    [covered, _tool] = records(coverage.sheet(session, instrument))

    assert summed["Contributions"] == summed["Qualité : Justice"] == 0
    assert (covered["Contributions"], covered["Organisations"], covered["Jours"]) == (0, 0, 0)
    assert covered["Première"] is covered["Dernière"] is None
    assert "Justice" in covered["Qualités jamais entendues"]
    assert {type(cell) for cell in summed.values()} <= {str, int, type(None)}


def test_response_without_organisation_beside_one_with_counts_no_organisation(session):
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", organisation="Maison des Lilas")
    respond(session, opened, "T7")

    [covered, _tool] = records(coverage.sheet(session, load_instrument(session, opened)))

    assert (covered["Contributions"], covered["Organisations"]) == (2, 1)
