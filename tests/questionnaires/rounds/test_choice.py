"""Round that the team works on: named and chosen in the header of each staff page."""

from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.questionnaires.models import Round
from tests.factories import make_measure, make_round
from tests.plan.pages import signed_in

SELECTOR = "/organisation/tour"
COVERAGE, ROUND = "/organisation/couverture", "/organisation/tours/tour-2"


@pytest.fixture
def two_rounds(session):
    """One that is open, and one in preparation that comes after it."""
    make_measure(session, "T7")
    first = make_round(session)
    second = Round(
        code="tour-2",
        title={"fr": "Deuxième consultation"},
        opens_at=now() + timedelta(days=60),
        closes_at=now() + timedelta(days=90),
    )
    session.add(second)
    session.commit()
    return first, second


def header(page):
    return page.get_data(as_text=True).partition('class="bar-second"')[2].partition("</header>")[0]


def chosen(page):
    before, _, _ = header(page).partition("selected>")
    return before.rpartition('value="')[2].partition('"')[0]


def test_header_names_the_only_round_and_offers_no_other(app, session):
    make_measure(session, "T7")
    make_round(session)
    page = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER).get(COVERAGE)

    assert "Première consultation" in header(page)
    assert "<select" not in header(page)


def test_no_page_names_a_round_before_the_first(app, session):
    page = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER).get(COVERAGE)

    assert 'class="working"' not in page.get_data(as_text=True)


def test_chosen_round_is_that_of_every_page_until_another_is_chosen(app, session, two_rounds):
    organiser = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)
    assert chosen(organiser.get(COVERAGE)) == "tour-1"

    answer = organiser.post(SELECTOR, {"tour": "tour-2", "page": COVERAGE})

    assert (answer.status_code, answer.location) == (303, COVERAGE)
    for address in (COVERAGE, "/organisation/resultats", "/organisation/", "/organisation/plan"):
        assert chosen(organiser.get(address)) == "tour-2"
    assert organiser.get("/organisation/questionnaire").location.endswith("tour-2/questionnaire")
    assert chosen(signed_in(app, session, "nour@exemple.fr", Role.ORGANISER).get(COVERAGE)) == (
        "tour-1"
    )


def test_round_of_an_address_wins_and_is_not_kept(app, session, two_rounds):
    organiser = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)

    assert chosen(organiser.get(f"{COVERAGE}?tour=tour-2")) == "tour-2"
    assert chosen(organiser.get(ROUND)) == "tour-2"
    assert chosen(organiser.get(COVERAGE)) == "tour-1"
    assert organiser.get(f"{COVERAGE}?tour=tour-9").status_code == 404


@pytest.mark.parametrize(
    ("page", "target"),
    [
        ("/organisation/tours/tour-1", ROUND),
        ("/organisation/tours/tour-1/questionnaire", f"{ROUND}/questionnaire"),
        ("/organisation/tours/tour-1/questionnaire/questions/q3", f"{ROUND}/questionnaire"),
        ("/organisation/plan", "/organisation/plan"),
        ("/mesures", "/organisation/"),
        ("https://exemple.org/organisation/", "/organisation/"),
        ("", "/organisation/"),
    ],
)
def test_choosing_leads_back_to_the_page_about_the_chosen_round(
    app, session, two_rounds, page, target
):
    organiser = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)

    assert organiser.post(SELECTOR, {"tour": "tour-2", "page": page}).location == target


def test_only_organisers_see_a_round_in_preparation(app, session, two_rounds):
    moderator = signed_in(app, session, "ada@exemple.fr", Role.MODERATOR)

    assert "Deuxième consultation" not in header(moderator.get("/organisation/moderation/"))
    assert moderator.post(SELECTOR, {"tour": "tour-2", "page": COVERAGE}).status_code == 404


def test_removed_round_is_chosen_no_more(app, session, two_rounds):
    organiser = signed_in(app, session, "élise@exemple.fr", Role.ORGANISER)
    organiser.post(SELECTOR, {"tour": "tour-2", "page": COVERAGE})
    session.delete(two_rounds[1])
    session.commit()

    assert "Première consultation" in header(organiser.get(COVERAGE))
