"""Two rounds side by side: what changed, and where they do not compare."""

import re
from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.questionnaires.outline import structure
from consultation.results.overview.comparison import WORDING, change_key, compare, earlier
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import plain
from tests.pages import straight
from tests.questionnaires.publishing_builders import changed
from tests.results.indicators.test_summary import rated
from tests.results.overview.test_board import ORGANISER
from tests.results.publishing_builders import signed_in

PAGE = "/organisation/vue-d-ensemble/tours"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def first(session):
    make_measure(session, "T7")
    made = make_round(session, opens_at=now() - timedelta(days=90), closes_at=now())
    for stance in ("keep", "drop", "drop", "drop"):
        respond(session, made, "T7", {("T7.1", "stance"): stance})
    rated(session, made, "T7.1", [3, 3, 4])
    respond(session, made, "T7", {("T7.2", "stance"): "keep"})
    session.commit()
    return made


@pytest.fixture
def second(session, first):
    """T7.2 has another wording, and T8.1 is new."""
    reworded = session.query(Indicator).filter_by(code="T7.2").one()
    reworded.versions.append(
        IndicatorVersion(number=2, label={"fr": "Places ouvertes"}, created_at=now())
    )
    make_measure(session, "T8", indicators=1)
    made = make_round(session, code="tour-2", opens_at=now() - timedelta(days=1))
    for stance in ("keep", "keep", "keep", "drop"):
        respond(session, made, "T7", {("T7.1", "stance"): stance})
    rated(session, made, "T7.1", [8, 8, 7])
    respond(session, made, "T7", {("T7.2", "stance"): "drop"})
    session.commit()
    maintain.refresh(session)
    return made


@pytest.fixture
def pairs(session, first, second):
    compared = compare(Work(session(), ORGANISER), first.id, second.id)
    return {pair.row.summary.subject.code: pair for pair in compared}


def test_shares_and_medians_of_both_rounds_stand_side_by_side(pairs):
    assert pairs["T7.1"].shares == (0.25, 0.75)
    assert pairs["T7.1"].medians == (3, 8)
    assert pairs["T7.1"].change == 0.5
    assert pairs["T7.1"].breaks == []


def test_another_wording_breaks_the_comparison(pairs):
    assert pairs["T7.2"].breaks == [WORDING]
    assert pairs["T7.2"].shares == (1, 0)
    assert pairs["T7.2"].change is None


@pytest.fixture
def other_answers(session, first):
    """A second round that rates relevance up to 5, and has « the other » stance no longer."""
    shipped = structure.default()
    settings = {**shipped.question("relevance").settings, "maximum": 5}
    stances = tuple(it for it in shipped.question("stance").options if it.code != "replace")
    outline = changed(changed(shipped, "relevance", settings=settings), "stance", options=stances)
    made = make_round(session, code="tour-2", outline=outline)
    session.commit()
    return made


def test_other_answers_break_the_comparison_as_the_editor_says(session, first, other_answers):
    pair = compare(Work(session(), ORGANISER), first.id, other_answers.id)[0]

    assert pair.median_breaks == ["les bouts de l'échelle changent"]
    (removed,) = pair.share_breaks
    assert removed.startswith("des réponses proposées disparaissent")
    assert pair.breaks == [removed, *pair.median_breaks]
    assert pair.change is None


def test_indicator_of_one_round_alone_has_no_other_side(pairs):
    assert pairs["T8.1"].before is None
    assert pairs["T8.1"].breaks == []


def test_greatest_change_comes_first_and_what_does_not_compare_has_no_place(pairs):
    keys = {code: change_key(pair) for code, pair in pairs.items()}

    known = {code: key for code, key in keys.items() if key is not None}
    assert min(known, key=known.get) == "T7.1"
    assert keys["T8.1"] is None


def test_only_rounds_that_opened_before_are_offered(first, second):
    assert earlier([second, first], second, now()) == [first]
    assert earlier([second, first], first, now()) == []


def test_page_draws_and_says_what_changed(app, session, first, second):
    organiser = signed_in(app, session, Role.ORGANISER)

    page = organiser.get(f"{PAGE}?tour=tour-2")

    rows = re.findall(r'<tr role="row">.*?</tr>', page.get_data(as_text=True), re.DOTALL)
    by_code = {code: row for row in rows for code in re.findall(r"<b>(T\d\.\d)</b>", row)}
    text = straight(re.sub(r"<[^>]+>", "", by_code["T7.1"]))
    assert "de 25 % à 75 %" in text
    assert "de 3 à 8" in text
    assert 'y1="27.0" y2="13.0"' in by_code["T7.1"]
    assert "line broken" in by_code["T7.2"]
    assert "le libellé a changé" in by_code["T7.2"]
    assert "nouveau dans ce tour" in by_code["T8.1"]


def test_with_one_round_the_page_says_when_it_fills(app, session, first):
    organiser = signed_in(app, session, Role.ORGANISER)

    assert "Il n'y a pas encore deux tours à comparer" in plain(organiser.get(PAGE))
