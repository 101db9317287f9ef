"""Notes on another scale than that from 1 to 9 are told by their median; nothing is concluded."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.questionnaires.models import Question
from tests.exports.reading import make, records_of
from tests.factories import make_round
from tests.pages import main_text
from tests.results.indicators.test_pages import count
from tests.results.publishing_builders import answer_many, publish, signed_in
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import settings as settings

NONE_CONCLUDED = "Pas de conclusion : la méthode demande une échelle de 1 à 9"
RELEVANCE = ("T7.1", "relevance")
JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police"}


@pytest.fixture(params=[5, 10])
def highest(request):
    return request.param


@pytest.fixture
def opened(session, measure, highest):
    """A round that asks for relevance from 0 or 1 up to `highest`, and has twenty notes of it."""
    opened = make_round(session)
    ends = {"minimum": 1 if highest == 5 else 0, "maximum": highest}
    session.execute(sa.update(Question).where(Question.code == "relevance").values(settings=ends))
    answer_many(
        session, opened, "T7",
        (10, {RELEVANCE: highest}, JUDGES), (10, {RELEVANCE: ends["minimum"]}, POLICE),
    )  # fmt: skip
    count(session)
    return opened


def test_summary_table_tells_the_median_and_why_nothing_is_concluded(app, session, opened, highest):
    organiser = signed_in(app, session, Role.ORGANISER)

    for address in ("vue-d-ensemble", "vue-d-ensemble?tri=verdict", "indicateurs/T7.1"):
        assert NONE_CONCLUDED in main_text(organiser.get(f"/organisation/{address}")), address
    page = main_text(organiser.get("/organisation/indicateurs/T7.1"))
    assert f"Pertinence {'3' if highest == 5 else '5'} 20 notes" in page


def test_public_page_shows_counts_and_the_median_alone(client, session, opened, measure):
    publish(session, opened, measure.id)

    page = client.get("/resultats/T7").get_data(as_text=True)
    told = client.get("/resultats/T7.json").json

    relevance = next(one for one in told["questions"] if one["code"] == "relevance")
    assert [value["count"] for value in relevance["values"] if value["count"]] == [10, 10]
    assert relevance["statistics"]["verdict"] == "other_scale"
    assert relevance["statistics"]["lower_quartile"] is None
    assert NONE_CONCLUDED in page.replace("\xa0", " ")
    assert f"Médiane {relevance['statistics']['median']:.0f}." in page


def test_pages_of_a_measure_show_them_to_the_team(app, session, opened):
    organiser = signed_in(app, session, Role.ORGANISER)

    page = organiser.get("/organisation/resultats/T7").get_data(as_text=True)

    assert NONE_CONCLUDED in page.replace("\xa0", " ")


def test_workbook_holds_the_median_and_no_consensus(session, opened, highest, tmp_path):
    made = make(session, opened, tmp_path)

    (row,) = records_of(made.path, "Indicateurs")
    assert row["Pertinence : nombre de notes"] == 20
    assert row["Pertinence : médiane"] == {5: 3, 10: 5}[highest]
    assert row["Pertinence : part des notes 7 à 9"] is None
    assert row["Pertinence : en mots"] == NONE_CONCLUDED
    assert records_of(made.path, "Désaccords") == []
    crossed = records_of(made.path, "Tableaux croisés")
    steps = [line for line in crossed if line["Question (code)"] == "relevance"]
    assert {line["Réponse proposée (code)"]: line["Total"] for line in steps}[str(highest)] == 10
