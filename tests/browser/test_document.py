"""The public page of the working document: accessible, with and without what changed."""

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from tests.browser.axe import violations
from tests.browser.test_accessibility import page as page
from tests.decisions.builders import make_organiser
from tests.documents.builders import two_editions

AXIS = "/document/axes/T"
PHONE = {"width": 390, "height": 844}
MOST_SCREENS = 10.0
MOST_BYTES = 120_000
MEASURED = """() => ({
  screens: document.documentElement.scrollHeight / innerHeight,
  width: document.documentElement.scrollWidth,
})"""


@pytest.mark.looks
def test_pages_of_the_document_have_no_violation(page, session, site):
    empty = violations_of(page, "/document")
    two_editions(session, make_organiser(session, "editrice"))

    addresses = ("/document", "/en/document?edition=2&depuis=0", AXIS, f"/en{AXIS}?depuis=1")
    pages = [violations_of(page, it) for it in addresses]

    assert [empty, *pages] == [[], [], [], [], []]


def violations_of(page, address):
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return violations(page)


@pytest.mark.looks
def test_file_in_html_is_accessible_without_the_site(page, session, site, tmp_path):
    two_editions(session, make_organiser(session, "editrice"))
    page.goto("/document")
    with page.expect_download() as download:
        page.get_by_role("link", name="Page web à enregistrer").click()
    path = tmp_path / "document.html"
    download.value.save_as(path)

    page.goto(path.as_uri())

    assert page.title() == "Deuxième version"
    assert violations(page) == []


@pytest.mark.looks
def test_pages_of_sixty_measures_stay_short_on_a_phone(app, browser, site, session):
    with writing(session()):
        fill.fill(session(), measures=60, responses=20, at=now())
    context = browser.new_context(base_url=site.address, viewport=PHONE)
    page = context.new_page()
    page.goto("/document")
    axes = page.locator(".plan-contents h3 a").evaluate_all("all => all.map(it => it.pathname)")

    assert len(axes) >= 6
    for address in ("/document", *axes):
        answer = page.goto(address)
        measured = page.evaluate(MEASURED)
        assert measured["screens"] <= MOST_SCREENS, address
        assert measured["width"] == PHONE["width"], address
        assert len(answer.body()) <= MOST_BYTES, address
    context.close()


@pytest.mark.looks
def test_link_of_the_contents_leads_to_its_measure(page, session, site):
    two_editions(session, make_organiser(session, "editrice"))
    page.goto("/document")

    page.get_by_role("link", name="T7 ").click()

    assert page.url.endswith(f"{AXIS}#mesure-T7")
    assert page.locator("#mesure-T7").evaluate("it => it.getBoundingClientRect().top") < 300
