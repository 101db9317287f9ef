"""The page of the indicators that are missed, and where the former page of all leads to."""

import pytest

from consultation.accounts.models import Role
from consultation.questionnaires.models import QuestionKind, Questionnaire, Round, Section
from consultation.results.tallies import maintain
from tests.exports.builders import add_question, form_of, respond
from tests.factories import make_measure, make_round, screen_all
from tests.moderation.builders import plain
from tests.results.publishing_builders import signed_in

MISSING = "/organisation/indicateurs/manquants"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, Role.ORGANISER)


def count(session):
    session.commit()
    screen_all(session)
    maintain.refresh(session)


def test_missing_indicators_stand_under_their_measure(session, opened, organiser):
    respond(session, opened, "T8", {"missing_indicator": "Le délai d'accueil"})
    respond(session, opened, "T8", {"missing_indicator": "Le délai d'accueil"})
    count(session)

    page = plain(organiser.get(MISSING))
    elsewhere = plain(organiser.get(f"{MISSING}?mesure=T7"))

    assert "2 propositions" in page
    assert "T8 Hébergement spécialisé" in page
    assert "Le délai d'accueil 2 fois" in page
    assert "Rien pour ces filtres" in elsewhere


def test_form_of_very_many_versions_is_read_to_the_first(session, opened, organiser):
    respond(session, opened, "T7", {"missing_indicator": "Dit en premier"})
    form = form_of(session, opened, "T7")
    form.closed_at = form.published_at
    session.flush()
    for number in range(2, 503):
        ask_again(session, form, number)
    respond(session, opened, "T7", {"missing_indicator": "Dit en dernier"})
    count(session)

    page = plain(organiser.get(MISSING))

    assert "Dit en premier" in page
    assert "Dit en dernier" in page


def ask_again(session, form, number):
    """Publish one more version of a form, which only asks what is missing."""
    later = Questionnaire(
        round_id=form.round_id, measure_id=form.measure_id, version=number, title=form.title,
        digest="-", published_at=form.published_at,
        closed_at=None if number == 502 else form.published_at,
        sections=[Section(code="all", position=1, title=form.title)],
    )  # fmt: skip
    session.add(later)
    session.flush()
    add_question(session, later, "missing_indicator", QuestionKind.LONG_TEXT)


def test_pages_without_anything_say_what_comes_next(session, organiser):
    assert "Aucun tour de consultation" in plain(organiser.get(MISSING))
    session.add(
        Round(
            code="t",
            title={"fr": "Tour"},
            opens_at=make_round(session).opens_at.replace(year=2020),
            closes_at=make_round(session, code="u").opens_at.replace(year=2021),
        )
    )
    session.commit()

    assert "Personne n'a encore proposé d'indicateur" in plain(organiser.get(MISSING))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("?tri=note&page=2", "?tri=mediane&page=2"),
        ("?tour=tour-1&mesure=T8&tri=desaccord", "?tour=tour-1&q=T8&tri=verdict"),
        ("?axe=T&tri=n'importe", "?axe=T"),
    ],
)
def test_former_page_of_all_indicators_leads_to_the_overview(organiser, query, expected):
    answer = organiser.get(f"/organisation/indicateurs{query}")

    assert answer.status_code == 301
    assert answer.location == f"/organisation/vue-d-ensemble{expected}"
