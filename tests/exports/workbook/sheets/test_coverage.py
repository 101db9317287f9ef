"""The sheet that says who was heard on each measure, and who was not."""

from datetime import UTC, date, datetime

import pytest

from consultation.crypto.keyring import new_id
from consultation.exports.selection import Selection
from consultation.responses.models import Draft
from tests.exports.builders import SENT, form_of, respond
from tests.exports.reading import cells_of, make, records_of
from tests.factories import make_measure, make_round

NAME = "Couverture"
LATE = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    return make_round(session)


def test_measure_row_counts_capacities_organisations_and_days(session, opened, tmp_path):
    respond(session, opened, "T7", organisation="Étape & Cie")
    respond(session, opened, "T7", organisation="etape & cie", at=LATE)
    respond(session, opened, "T7", capacity="police", organisation="  ")

    made = make(session, opened, tmp_path)

    heard, silent, tool = records_of(made.path, NAME)
    assert (heard["Mesure"], heard["Contributions"], heard["Organisations"]) == ("T7", 3, 1)
    assert (heard["Qualité : Justice"], heard["Qualité : Police ou gendarmerie"]) == (2, 1)
    assert (heard["Première"].date(), heard["Dernière"].date(), heard["Jours"]) == (
        date(2026, 11, 20),
        date(2026, 11, 23),
        2,
    )
    assert (silent["Contributions"], silent["Première"], silent["Jours"]) == (0, None, 0)
    assert tool["Mesure"] == "(outil)"


def test_who_speaks_for_themselves_names_no_organisation(session, opened, tmp_path):
    respond(session, opened, "T7", organisation="Étape")
    for name in ("Aucune", "à titre personnel", "Néant."):
        respond(session, opened, "T7", organisation=name)

    made = make(session, opened, tmp_path)

    heard = records_of(made.path, NAME)[0]
    assert (heard["Contributions"], heard["Organisations"]) == (4, 1)


def test_who_was_never_heard_is_named(session, opened, tmp_path):
    respond(session, opened, "T7", territory="corse")

    made = make(session, opened, tmp_path)

    heard, silent, _ = records_of(made.path, NAME)
    capacities = heard["Qualités jamais entendues"].split(" ; ")
    assert "Police ou gendarmerie" in capacities
    assert "Justice" not in capacities
    assert "Corse" not in heard["Territoires jamais entendus"].split(" ; ")
    assert "Corse" in silent["Territoires jamais entendus"].split(" ; ")
    assert "Justice" in silent["Qualités jamais entendues"].split(" ; ")


def test_drafts_are_not_heard(session, opened, tmp_path):
    sent = respond(session, opened, "T7")
    form = form_of(session, opened, "T8")
    session.add(
        Draft(
            respondent_id=sent.respondent_id,
            questionnaire_id=form.id,
            fields=f'{{"standing": "{new_id()}"}}',
            saved_at=SENT,
        )
    )

    made = make(session, opened, tmp_path)

    assert [row["Contributions"] for row in records_of(made.path, NAME)] == [1, 0, 0]


def test_anonymised_workbook_names_no_day(session, opened, tmp_path):
    respond(session, opened, "T7", organisation="Étape")

    made = make(session, opened, tmp_path, selection=Selection(is_anonymised=True))

    headers = set(cells_of(made.path, NAME)[NAME][0])
    assert not {"Première", "Dernière", "Jours", "Organisations"} & headers
    assert records_of(made.path, NAME)[0]["Contributions"] == 1
