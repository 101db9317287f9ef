"""Pages that are read line by line from their title on, as Orca says them."""

import pytest

from tests.hearing import kept
from tests.hearing.conftest import PASSWORD

MOST_LINES = 300
PAGES = {"results": "/resultats", "plan": "/plan"}


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
