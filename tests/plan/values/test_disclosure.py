"""Small values that others of the same moment give away: asked about before any is published."""

import json

import pytest

from consultation.accounts.models import Role
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs
from consultation.plan.values import publication
from consultation.plan.values.models import Reporter, Showing, ValuePoint
from consultation.plan.values.publication import NumbersGivenAway
from tests.decisions.builders import make_organiser
from tests.exports.reading import make, records_of
from tests.exports.workbook.sheets.test_progress import ANONYMISED
from tests.factories import make_round
from tests.pages import main_text
from tests.plan.forms import form_in
from tests.plan.values.builders import (
    SMALLEST,
    make_measured_indicator,
    make_public_value,
    make_value,
    publish_as,
    publish_values,
    redefine,
)
from tests.reports.builders import make_report
from tests.results.publishing_builders import signed_in

WAITING = "/organisation/valeurs-a-publier"
REPORTED = "/bilan/1/mesures/T7"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "SMALL_CELL": SMALLEST}


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


@pytest.fixture
def region(session, organiser, indicator):
    return make_value(session, organiser, indicator, 3.0, covers="Île-de-France")


@pytest.fixture
def rest(session, organiser, indicator):
    return make_value(session, organiser, indicator, 29.0, covers="hors Île-de-France")


@pytest.fixture
def whole(session, organiser, indicator):
    return make_value(session, organiser, indicator, 32.0, covers="France entière")


def showings(session, indicator):
    session.rollback()
    session.expire_all()
    public = publication.published(session, [indicator.id]).get(indicator.id, [])
    return {it.row.number: it.showing for it in public}


def test_small_value_that_a_total_gives_away_is_not_published_with_it(
    session, organiser, indicator, region, rest, whole
):
    with pytest.raises(NumbersGivenAway) as refused:
        publish_values(session, organiser, region, rest, whole)

    (found,) = refused.value.cases
    assert (found.hidden, found.whole, list(found.parts)) == ([region], whole, [rest])
    assert showings(session, indicator) == {}


def test_value_held_back_protects_the_small_one(session, organiser, indicator, region, rest, whole):
    publish_values(session, organiser, region, rest, whole, held_back=[rest.public_id])

    assert showings(session, indicator) == {
        3.0: Showing.SMALL, 29.0: Showing.HELD_BACK, 32.0: Showing.EXACT,
    }  # fmt: skip


def test_public_value_may_be_held_back_for_one_that_is_published_later(
    session, organiser, indicator, region, rest, whole
):
    publish_values(session, organiser, rest, whole, rule="la sienne")
    with pytest.raises(NumbersGivenAway):
        publish_values(session, organiser, region)
    session.rollback()

    publish_values(session, organiser, region, held_back=[whole.public_id])

    assert showings(session, indicator)[32.0] is Showing.HELD_BACK
    public = publication.published(session, [indicator.id])[indicator.id]
    assert {it.row.number: it.source_rule for it in public} == {
        3.0: "aucune", 29.0: "la sienne", 32.0: "la sienne",
    }  # fmt: skip


def test_small_whole_is_given_away_by_its_parts(session, organiser, indicator):
    parts = [
        make_value(session, organiser, indicator, number, source="Rapport", covers=str(number))
        for number in (1.0, 2.0)
    ]
    publish_values(session, organiser, *parts, as_they_are=[it.public_id for it in parts])

    with pytest.raises(NumbersGivenAway):
        publish_values(session, organiser, make_value(session, organiser, indicator, 3.0))


def test_two_small_values_that_must_be_the_most_are_given_away(session, organiser, indicator):
    most = [make_value(session, organiser, indicator, SMALLEST - 1.0, covers=name) for name in "ab"]
    rest = make_value(session, organiser, indicator, 30.0, covers="c")
    whole = make_value(session, organiser, indicator, 30.0 + 2 * (SMALLEST - 1), covers="d")

    with pytest.raises(NumbersGivenAway) as refused:
        publish_values(session, organiser, *most, rest, whole)

    assert set(refused.value.cases[0].hidden) == set(most)


@pytest.mark.parametrize(
    "other",
    [
        {"point": ValuePoint.FINAL},
        {"value": 30.0},
    ],
)
def test_what_does_not_add_up_at_one_moment_is_published(
    session, organiser, indicator, region, whole, other
):
    another = make_value(session, organiser, indicator, **{"value": 29.0, **other})

    publish_values(session, organiser, region, whole, another)

    assert len(showings(session, indicator)) == 3


def test_values_of_another_definition_do_not_add_up(session, organiser, indicator, region, whole):
    redefine(session, indicator)
    another = make_value(session, organiser, indicator, 29.0)

    publish_values(session, organiser, region, whole, another)

    assert len(showings(session, indicator)) == 3


def test_shares_do_not_add_up(session, organiser):
    share = make_measured_indicator(
        session, "T8", Measurement(MeasuredAs.PERCENTAGE, None, Figure(10.0))
    )
    values = [make_value(session, organiser, share, it, covers=str(it)) for it in (3.0, 9.0, 12.0)]

    publish_values(session, organiser, *values)

    assert set(showings(session, share).values()) == {Showing.EXACT}


def test_page_asks_which_number_is_held_back(
    app, session, organiser, indicator, region, rest, whole
):
    staff = signed_in(app, session, Role.ORGANISER)
    form = form_in(staff.get(WAITING), WAITING + "/verifier")
    ids = [it.public_id for it in (region, rest, whole)]
    second = staff.post(WAITING + "/verifier", form | {"values": ids})
    sum_ = "3 ( Île-de-France ) = 32 ( France entière ) − 29 ( hors Île-de-France )"
    assert sum_ in main_text(second)
    fields = form_in(second, WAITING) | {"source_rule": "aucune", "values": ids}

    refused = staff.post(WAITING, fields)
    assert refused.status_code == 409
    assert "Un petit nombre se retrouverait par les autres" in main_text(refused)
    done = staff.post(WAITING, fields | {"held_back": rest.public_id})

    assert done.status_code == 303
    assert showings(session, indicator)[29.0] is Showing.HELD_BACK


def test_value_held_back_is_in_no_way_out(
    app, client, session, organiser, indicator, region, rest, whole, tmp_path
):
    publish_values(session, organiser, region, rest, whole, held_back=[rest.public_id])
    make_report(session, organiser)
    opened = make_round(session)
    session.commit()

    pages = ("/plan", "/plan/T7", "/plan.json", "/plan.csv", REPORTED, "/bilan/1.json")
    texts = {it: client.get(it).get_data(as_text=True) for it in pages}
    book = make(session, opened, tmp_path, selection=ANONYMISED)

    for path, text in texts.items():
        assert "29.0" not in text, path
        assert ">29<" not in text, path
        assert "29 " not in main_text(client.get(path)) if "<main" in text else True, path
    assert "non montré" in texts[REPORTED]
    numbers = {row["Couvre"]: row["Valeur"] for row in records_of(book.path, "Valeurs")}
    assert numbers == {"Île-de-France": None, "hors Île-de-France": None, "France entière": 32}
    figures = json.loads(texts["/bilan/1.json"])["content"]["figures"].values()
    values = {it["facts"]["covers"]: it["facts"] for it in figures if it["kind"] == "valeur"}
    assert values["hors Île-de-France"]["value"] is None
    assert values["hors Île-de-France"]["hidden"] == "held_back"


def test_given_away_values_of_before_are_found(session, organiser, indicator, region, rest, whole):
    publish_as(session, organiser, region, Showing.SMALL, less_than=SMALLEST)
    publish_as(session, organiser, rest, Showing.EXACT)
    assert publication.exposed(session) == []

    publish_as(session, organiser, whole, Showing.EXACT)
    assert publication.exposed(session) == ["T7.1"]

    publish_as(session, organiser, rest, Showing.HELD_BACK)
    assert publication.exposed(session) == []


def test_values_of_several_givers_that_do_not_add_up_are_not_asked_about(
    session, organiser, indicator
):
    make_public_value(session, organiser, indicator, 3.0)
    make_public_value(session, organiser, indicator, 90.0, reported_by=Reporter.ASSOCIATION)
    make_public_value(session, organiser, indicator, 120.0, reported_by=Reporter.COLLECTIVE)

    assert publication.exposed(session) == []
