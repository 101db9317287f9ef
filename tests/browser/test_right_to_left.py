"""Public pages in a language read from the right: whole in a narrow window, and mirrored."""

import gettext

import pytest
import sqlalchemy as sa

from consultation.db.base import writing
from consultation.extensions import db
from consultation.i18n import FOLDER
from consultation.questionnaires.models import Option, Question
from tests.browser.axe import OPEN_ALL, violations
from tests.browser.conftest import open_first_round
from tests.faults.server import Server

PAGES = [
    "/", "/mesures", "/mesures/T7", "/mesures/T4/contribuer", "/dix-minutes", "/plan", "/plan/T7",
    "/resultats", "/decisions", "/document", "/aide", "/contact", "/donnees-personnelles",
    "/accessibilite", "/contributions/", "/contributions/retrouver", "/rien",
]  # fmt: skip
ASTRAY = """() => [...document.querySelectorAll("main *")].filter(it =>
    !it.closest("[lang=fr], [dir=ltr], svg, code, .num")
    && it.matches("p, li, dt, dd, h1, h2, h3, th, td, label")
    && getComputedStyle(it).textAlign === "left"
).map(it => it.outerHTML.slice(0, 100))"""
"""What stands at the left where reading begins at the right."""


@pytest.fixture
def site(app, tmp_path, keys_dir, database_url):
    """A site of this machine, which shows Arabic before somebody has read it."""
    open_first_round(app)
    translate(app)
    home = tmp_path / "site"
    home.mkdir()
    server = Server(
        home, database_url=database_url, KEYS_DIR=keys_dir, EXPORTS_DIR=tmp_path / "exports",
        LANGUAGES="fr ar",
    )  # fmt: skip
    server.start()
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


def translate(app):
    """Give the questions and their options in Arabic, as a site that has it from its first day."""
    catalogue = gettext.translation("messages", FOLDER, ["ar"])
    with app.app_context(), writing(db.session()):
        for kind in (Question, Option):
            for row in db.session.scalars(sa.select(kind)):
                row.label = row.label | {"ar": catalogue.gettext(row.label["fr"])}


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.address, locale="ar", reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.looks
def test_pages_in_arabic_are_whole_and_mirrored(page):
    found = []
    for address in PAGES:
        page.goto(f"/ar{address}")
        page.evaluate(OPEN_ALL)
        assert page.locator("html").get_attribute("dir") == "rtl", address
        found += violations(page)
        found += [(address, astray) for astray in page.evaluate(ASTRAY)]

    assert found == []


def test_page_in_arabic_begins_at_the_right(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/ar/mesures/T4/contribuer")
    width = page.evaluate("innerWidth")

    def side(selector):
        box = page.locator(selector).first.bounding_box()
        return "right" if box["x"] + box["width"] / 2 > width / 2 else "left"

    assert [side(it) for it in (".mark", ".toc", ".exit")] == ["right", "right", "left"]
