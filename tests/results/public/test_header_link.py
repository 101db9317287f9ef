"""Link to the results in the header of every page: there once there are some, and free."""

import pytest
import sqlalchemy as sa

from consultation.web import navigation
from consultation.web.navigation import FLAG_SECONDS, Flag
from tests.results.publishing_builders import answer_many, publish
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings
from tests.statements import selects

LINK = '<a href="/resultats">Résultats</a>'
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
        shown.append(link.is_set())
        ticks.at += FLAG_SECONDS

    assert shown == [True, True, False]
