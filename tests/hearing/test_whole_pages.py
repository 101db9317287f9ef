"""Pages that are read line by line from their title on, as Orca says them."""

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from tests.hearing import kept
from tests.hearing.conftest import PASSWORD
from tests.results.publishing_builders import publish

MOST_LINES = 45
PAGES = {"results": "/resultats", "plan": "/plan"}


@pytest.fixture(scope="module")
def demonstration(make_site):
    """The address of a site with the demonstration, whose results are published."""

    def demonstrate(app):
        with app.app_context():
            with writing(db.session()):
                fill.fill(db.session(), measures=3, responses=30, at=now())
            maintain.refresh(db.session())
            publish(db.session, queries.last(db.session()))

    return make_site(demonstrate)


@pytest.mark.parametrize("name", PAGES)
def test_public_page_is_heard_as_it_was_read(reader, demonstration, request, name):
    reader.open(demonstration + PAGES[name])

    compare(name, reader, request)


def test_pages_of_the_team_are_heard_as_they_were_read(reader, demonstration, request, sign_in):
    reader.open(f"{demonstration}/connexion")
    sign_in(reader, PASSWORD)
    reader.follow()

    compare("home", reader, request)

    reader.open(f"{demonstration}/moderation")
    reader.reach("Commencer à relire", key="k")
    reader.follow()
    compare("text", reader, request)


def compare(name, reader, request):
    """Compare what is heard from the title of the page on with the file of this name."""
    kept.compare(name, reader.reach("heading 1", key="h") + reader.read(MOST_LINES), request)
