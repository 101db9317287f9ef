"""Page of a measure: what it says in each state of the consultation."""

from datetime import timedelta

import sqlalchemy as sa

from consultation.clock import now
from consultation.plan.models import IndicatorVersion
from tests.factories import make_measure, make_round
from tests.pages import visible_text

DAY = timedelta(days=1)


def test_measure_says_when_one_can_answer(client, session):
    make_measure(session, "T7")
    session.commit()
    assert "Aucune consultation n'est ouverte" in visible_text(client.get("/mesures/T7"))

    make_round(session, now() + 3 * DAY, now() + 30 * DAY)
    session.commit()

    page = visible_text(client.get("/mesures/T7"))
    assert "Vous pourrez répondre à partir du" in page
    assert "Donner mon avis" not in page


def test_measure_of_an_open_round_invites_to_answer(client, session):
    make_measure(session, "T7")
    make_round(session)
    session.commit()

    page = visible_text(client.get("/mesures/T7"))

    assert "Donner mon avis" in page
    assert "Vous pourrez répondre" not in page
    assert "Aucune consultation" not in page


def test_lead_of_a_measure_is_french_on_an_english_page(client, session):
    make_measure(session, "T7", lead="Miprof, avec le SSMSI")
    session.commit()

    assert '<span lang="fr">Miprof, avec le SSMSI</span>' in client.get("/en/mesures/T7").text


def test_indicator_without_facts_leaves_no_empty_list(client, session):
    make_measure(session, "T7")
    session.commit()
    assert '<dl class="facts">' not in client.get("/mesures/T7").text

    session.execute(sa.update(IndicatorVersion).values(unit={"fr": "places"}))
    session.commit()

    assert client.get("/mesures/T7").text.count('<dl class="facts">') == 2
