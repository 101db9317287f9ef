"""Ceilings of pages with the plan whole: public ones on a phone, those of the team on a desktop.

What grows with the plan or the answers is folded, paged or in a file; these figures hold it.
"""

import re

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from tests.accounts.builders import PASSWORD, give_code_in, make_account
from tests.browser.answers import page_at
from tests.browser.filled_site import filled_site
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


DESKTOP = {"width": 1280, "height": 900}
TALLEST = 6_000  # pixels
EMAIL = "lou@association.example"
OF_THE_TEAM = ("/organisation", "/moderation", "/administration")
NUMBERED = re.compile(r"[^/]*\d[^/]*|(?<=/questions/)[^/]+|(?<=/contributions/)[^/]+")
"""What differs in the addresses of pages that are alike."""


def fill_whole(app):
    with app.app_context():
        with writing(db.session()):
            fill.fill(db.session(), measures=MEASURES, responses=RESPONSES, at=now())
        maintain.refresh(db.session())
        publish(db.session, queries.last(db.session()))
        make_account(db.session, EMAIL, *Role)


@pytest.fixture(scope="module")
def address(databases, tmp_path_factory, keys_dir):
    """A site with the demonstration alone, whose results are published; tests only read it."""
    folder = tmp_path_factory.mktemp("whole")
    with filled_site(databases, folder, keys_dir, fill_whole) as site:
        yield site.address


def page_of(browser, address, size):
    return browser.new_page(base_url=address, locale="fr-FR", viewport=size)


def height(page):
    return page.evaluate("document.documentElement.scrollHeight")


def staff_pages(page):
    """Open one page of each kind that links of the team's pages lead to; yield its address."""
    waiting, known = ["/organisation/"], {"/organisation/"}
    while waiting:
        path = waiting.pop()
        if page_at(page, path) is None:
            continue
        yield path
        links = page.locator(", ".join(f"a[href^='{it}']" for it in OF_THE_TEAM))
        for link in links.evaluate_all("all => all.map(it => it.getAttribute('href'))"):
            path = link.partition("#")[0].partition("?")[0]
            if (kind := NUMBERED.sub("…", path)) not in known:
                known.add(kind)
                waiting.append(path)


@pytest.mark.looks
def test_public_pages_keep_below_their_ceilings_with_the_whole_plan(browser, address):
    page, found = page_of(browser, address, {"width": 390, "height": HEIGHT}), {}
    for path, (screens, kilobytes) in CEILINGS.items():
        answer = page.goto(path)
        length, size = height(page) / HEIGHT, len(answer.body()) / 1000
        if answer.status != 200 or length > screens or size > kilobytes:
            found[path] = (answer.status, round(length, 1), round(size))

    assert found == {}


@pytest.mark.looks
@pytest.mark.timeout(900)
def test_pages_of_the_team_keep_below_their_ceiling_with_the_whole_plan(browser, address):
    page = page_of(browser, address, DESKTOP)
    page.goto("/connexion")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    give_code_in(page)
    page.wait_for_url("**/organisation/")

    heights = {it: height(page) for it in staff_pages(page)}

    assert len(heights) > 60
    assert all(any(it.startswith(of) for it in heights) for of in OF_THE_TEAM)
    assert {it: length for it, length in heights.items() if length > TALLEST} == {}
