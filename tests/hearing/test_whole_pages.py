"""Public pages that are read line by line from their title on, as Orca says them."""

import pytest

from tests.hearing import kept

PAGES = {"results": "/resultats", "plan": "/plan"}


@pytest.mark.parametrize("name", PAGES)
def test_public_page_is_heard_as_it_was_read(reader, demonstration, request, name):
    reader.open(demonstration + PAGES[name])

    kept.read_whole(name, reader, request)
