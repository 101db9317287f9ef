"""What a workbook holds of a round when only a part of it is asked for."""

import pytest

from consultation.exporting.selecting import TOOL, Agreement, Selection
from tests.exporting.builders import respond
from tests.exporting.reading import make, readme_of, records_of
from tests.factories import make_measure, make_round

SAID = {("T7.1", "stance"): "keep", "suggestions": "Mieux."}


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def measures_in(made, sheet="Contributions"):
    return [record["Mesure"] for record in records_of(made.path, sheet)]


def test_a_workbook_of_one_measure_holds_that_measure_only(session, opened, tmp_path):
    respond(session, opened, "T7", SAID)
    respond(session, opened, "T8", {"suggestions": "Autre."})

    made = make(session, opened, tmp_path, selection=Selection(frozenset({"T7"})))

    assert measures_in(made) == ["T7"]
    assert measures_in(made, "Textes") == ["T7"]
    assert measures_in(made, "Synthèse") == ["T7"]
    assert {code.split(".")[0] for code in indicators_in(made)} == {"T7"}
    assert (made.counts.received, made.counts.included) == (1, 1)


def indicators_in(made):
    return [record["Indicateur"] for record in records_of(made.path, "Indicateurs")]


def test_the_tool_as_a_whole_can_be_asked_for_alone(session, opened, tmp_path):
    respond(session, opened, "T7", SAID)
    respond(session, opened, None, {"tool_useful": "Tout."})

    made = make(session, opened, tmp_path, selection=Selection(frozenset({TOOL})))

    assert measures_in(made) == [TOOL]
    assert made.counts.received == 1


def test_who_did_not_agree_is_counted_as_left_out_everywhere(session, opened, tmp_path):
    quoted = respond(session, opened, "T7", SAID)
    quoted.respondent.consent_anonymous = True
    respond(session, opened, "T7", SAID)

    made = make(session, opened, tmp_path, selection=Selection(agreement=Agreement.QUOTED))

    receipts = {record["Numéro de dépôt"] for record in records_of(made.path, "Textes")}
    assert receipts == {quoted.receipt_code}
    assert (made.counts.received, made.counts.included, made.counts.left_out) == (2, 1, 1)
    assert made.counts.texts_received == 1
    assert stances_of(made, "T7.1") == 1
    assert readme_of(made.path)["dont écartées par le filtre des accords"] == 1


def stances_of(made, code):
    [record] = [r for r in records_of(made.path, "Indicateurs") if r["Indicateur"] == code]
    return sum(value for header, value in record.items() if header.startswith("Avis : "))
