"""Ceilings of public pages in screens of a phone and kilobytes, with the plan whole.

What grows with the plan or the answers is folded, paged or in a file; these figures hold it.
"""

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from tests.faults.server import Server
from tests.results.publishing_builders import publish

MEASURES, RESPONSES = 60, 500
HEIGHT = 844
CEILINGS = {
    "/": (2.5, 20),
    "/mesures": (7, 60),
    "/mesures/DEMO-1": (3.5, 20),
    "/mesures/DEMO-1/contribuer": (6, 50),
    "/plan": (8, 110),
    "/plan/DEMO-7": (4.5, 40),
    "/bilan": (5, 40),
    "/bilan/1/axes/DEMO-1": (10, 120),
    "/bilan/1/mesures/DEMO-7": (5, 60),
    "/document": (10, 120),
    "/document/axes/DEMO-1": (10, 120),
    "/resultats": (5, 60),
    "/resultats/DEMO-1": (5, 120),
}
"""Most screens of a phone (390 by 844 pixels) and most kilobytes of HTML, before compression."""


@pytest.fixture
def page(browser, session, tmp_path, keys_dir, database_url):
    """A phone at a site with the demonstration alone, whose results are published."""
    with writing(session()):
        fill.fill(session(), measures=MEASURES, responses=RESPONSES, at=now())
    maintain.refresh(session())
    publish(session, queries.last(session()))
    session.rollback()
    server = Server(tmp_path, database_url=database_url, KEYS_DIR=keys_dir)
    server.start()
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{server.port}",
        locale="fr-FR",
        viewport={"width": 390, "height": HEIGHT},
    )
    yield context.new_page()
    context.close()
    server.close()


@pytest.mark.looks
def test_public_pages_keep_below_their_ceilings_with_the_whole_plan(page):
    found = {}
    for address, (screens, kilobytes) in CEILINGS.items():
        answer = page.goto(address)
        height = page.evaluate("document.documentElement.scrollHeight") / HEIGHT
        size = len(answer.body()) / 1000
        if answer.status != 200 or height > screens or size > kilobytes:
            found[address] = (answer.status, round(height, 1), round(size))

    assert found == {}
