"""Entries of the header of every page: there once they lead somewhere, and free."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.web import navigation
from consultation.web.navigation import FLAG_SECONDS, Flag
from tests.factories import make_measure, make_round
from tests.moderation.builders import make_actor
from tests.plan.overview.builders import judge
from tests.plan.values.builders import (
    make_measured_indicator,
    make_value,
    publish_as,
    publish_values,
)
from tests.results.publishing_builders import answer_many, publish
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings
from tests.statements import selects

LINK = '<a href="/resultats">Ce qui a été dit</a>'
PLAN = '<a href="/plan">Où en est le plan</a>'
MEASURES = '<a href="/mesures">{}</a>'
FORM = "/mesures/T7/contribuer"


class Ticks:
    """A clock that a test moves on."""

    def __init__(self, monkeypatch):
        self.at = 100.0
        monkeypatch.setattr(navigation, "ticks", lambda: self.at)


@pytest.fixture
def ticks(monkeypatch):
    return Ticks(monkeypatch)


def test_header_links_to_results_soon_after_they_are_published(client, session, opened, ticks):
    answer_many(session, opened, "T7", (20, {("T7.1", "stance"): "keep"}, {"capacity": "justice"}))
    for address in ("/", "/aide", FORM):
        assert LINK not in client.get(address).text

    publish(session, opened)
    assert LINK not in client.get(FORM).text  # read a moment ago
    ticks.at += FLAG_SECONDS

    for address in ("/", "/aide", FORM):
        assert LINK in client.get(address).text


def test_header_invites_to_respond_as_long_as_a_round_is_open(client, session, ticks):
    for address in ("/", "/aide"):
        assert MEASURES.format("Les mesures") in client.get(address).text
    make_measure(session, "T7", indicators=1)
    make_round(session)
    session.commit()
    ticks.at += FLAG_SECONDS

    for address in ("/", "/aide", FORM):
        assert MEASURES.format("Répondre") in client.get(address).text


def test_header_links_to_the_plan_once_a_measure_is_assessed(client, session, measure, ticks):
    session.commit()
    assert PLAN not in client.get("/aide").text

    judge(session, measure, state="engaged")
    ticks.at += FLAG_SECONDS
    assert PLAN in client.get("/aide").text

    measure.retired_at = now()
    session.commit()
    ticks.at += FLAG_SECONDS
    assert PLAN not in client.get("/aide").text


def test_header_links_to_the_plan_as_long_as_a_value_is_public(client, session, ticks):
    staff = make_actor(session, "camille", Role.ORGANISER)
    indicator = make_measured_indicator(session)
    value = make_value(session, staff, indicator)
    assert PLAN not in client.get("/aide").text

    publish_values(session, staff, value)
    ticks.at += FLAG_SECONDS
    assert PLAN in client.get("/aide").text

    publish_as(session, staff, value, None)
    ticks.at += FLAG_SECONDS
    assert PLAN not in client.get("/aide").text


def test_entry_of_the_section_that_a_page_belongs_to_is_marked(client, session, measure, ticks):
    judge(session, measure, state="engaged")

    assert '<a href="/plan" aria-current="page">' in client.get("/plan").text
    assert '<a href="/plan" aria-current="true">' in client.get("/plan/T7").text


def test_form_folds_the_header_and_no_other_page_does(client, opened):
    assert '<details class="menu">' in client.get(FORM).text
    for address in ("/", "/aide", "/mesures/T7"):
        page = client.get(address).text
        assert "bar-links" in page
        assert '<details class="menu">' not in page


def test_blank_form_takes_one_statement_with_its_header(client, session, opened):
    client.get(FORM)

    with selects() as statements:
        client.get(FORM)

    assert len(statements) == 1


def test_results_link_keeps_what_it_knew_while_the_database_is_away(ticks):
    answers = [True, sa.exc.OperationalError("", {}, Exception()), False]

    def read():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    link = Flag(read)
    shown = []
    for _time in range(3):
        shown.append(link.value())
        ticks.at += FLAG_SECONDS

    assert shown == [True, True, False]
