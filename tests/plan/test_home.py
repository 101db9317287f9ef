"""Home page: who consults, on what, until when, in each state of the consultation."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.collective.models import SiteTextKind
from consultation.plan import queries
from consultation.plan.models import Assessor, Indicator, Level, MeasureStatus
from consultation.questionnaires.models import Round
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.pages import visible_text
from tests.questionnaires.rounds.builders import organiser_of

COLLECTIVE = "https://www.contrelatraite.org/plan_national_contre_la_traite"
DAY = timedelta(days=1)


@pytest.fixture
def measure(session):
    made = make_measure(session, "T7")
    session.commit()
    return made


def home(client, path="/"):
    return visible_text(client.get(path))


def test_home_without_a_round_invites_nobody_to_answer(client, measure):
    page = home(client)

    assert "La consultation ouvre bientôt" in page
    assert "Chercher dans 1 mesure" in page
    for inviting in ("Choisir une mesure", "Vous répondez", "Répondre", "Dites ce qu'il faut"):
        assert inviting not in page


def test_home_before_a_round_says_when_it_opens(client, session, measure):
    make_round(session, now() + 3 * DAY, now() + 30 * DAY)
    session.commit()

    page = home(client)

    assert "La consultation ouvrira le" in page
    assert page.count("(heure de Paris)") == 2
    assert home(client, "/en/").count("(Paris time)") == 2
    assert "Choisir une mesure" not in page
    assert "Vous répondez" not in page


def test_home_of_an_open_round_says_how_to_answer(client, session, measure):
    make_round(session)
    session.commit()

    page = home(client)

    assert 'href="/dix-minutes"' in client.get("/").text
    for sentence in ("Choisir une mesure", "Vous répondez", "Chercher dans 1 mesure",
                     "28 associations",
                     "60 mesures, en six axes", "sont les bienvenues"):  # fmt: skip
        assert sentence in page
    assert "28 French associations" in home(client, "/en/")


def test_home_of_a_closed_round_thanks_and_invites_nobody(client, session, measure):
    make_round(session)
    session.execute(sa.update(Round).values(closes_at=now() - DAY))
    session.commit()

    page = home(client)

    assert "Merci à toutes les personnes qui ont répondu" in page
    assert "Et maintenant ?" in page
    for inviting in ("Choisir une mesure", "Vous répondez", "Répondre", "bienvenues"):
        assert inviting not in page


def test_home_hides_what_the_collective_has_not_written(client, session, measure):
    before = client.get("/")
    actor = organiser_of(session)
    write_site(session, actor, SiteTextKind.MEMBERS, fr="Le Pont\n\nLe Port")
    write_site(session, actor, SiteTextKind.PLAN_LINK, fr="https://exemple.fr/plan")
    write_site(session, actor, SiteTextKind.EVALUATION, fr="Au printemps.")
    after, english = client.get("/"), client.get("/en/")

    assert "à compléter" not in visible_text(before)
    assert "membre" not in visible_text(before)
    assert f'href="{COLLECTIVE}"' in before.text
    assert "Les 2 associations membres" in visible_text(after)
    assert "<li>Le Pont</li><li>Le Port</li>" in after.text
    assert 'href="https://exemple.fr/plan"' in after.text
    assert COLLECTIVE not in after.text
    assert '<p lang="fr">Au printemps.</p>' in english.text


def test_home_leads_only_to_pages_that_have_something_to_say(client, session, measure):
    assert "Lire" not in re.findall(r"<h2[^>]*>(.*?)</h2>", client.get("/").text)

    session.add(
        MeasureStatus(
            measure_id=measure.id,
            assessor=Assessor.STATE,
            assessed_on=date(2026, 6, 30),
            level=Level.ENGAGED,
        )
    )
    session.commit()

    page = client.get("/").text
    assert '<a href="/plan">Mesure par mesure</a>' in page
    assert "Ce qui a été dit" not in page.partition("<main")[2].partition("<footer")[0]


def test_home_shows_the_first_indicator_in_force(client, session, measure):
    make_measure(session, "A1")  # comes after T7 in the plan, whatever its code
    first = session.scalars(sa.select(Indicator).where(Indicator.code == "T7.1")).one()
    first.retired_at = now()
    session.commit()

    assert queries.example_indicator(session).code == "T7.2"
    assert "Places réservées (T7.2)" in home(client)
    measure.retired_at = now()
    session.commit()
    assert "Places réservées (A1.1)" in home(client)


def test_home_without_a_plan_shows_no_indicator(client):
    assert "Un indicateur, par exemple" not in home(client)
