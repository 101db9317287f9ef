"""The overview of results in a browser: readable by everyone, on a phone too, nothing blank."""

import pytest

from consultation.db.base import writing
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from tests.browser.axe import violations
from tests.browser.test_editor import sign_in
from tests.exports.builders import respond

PAGE = "/organisation/vue-d-ensemble"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
BLANK = """document.documentElement.scrollHeight - scrollY
    - document.querySelector('main').getBoundingClientRect().bottom"""
BOXES = """[...document.querySelectorAll('main *')].filter(it =>
    it.scrollHeight > it.clientHeight + 1 &&
    /auto|scroll/.test(getComputedStyle(it).overflowY)).length"""


@pytest.mark.looks
def test_overview_has_no_violation_fits_a_phone_and_scrolls_with_the_page(browser, session, site):
    with writing(session()):  # the worker of the site writes as well
        opened = queries.last(session())
        for note in range(1, 10):
            respond(
                session, opened, "T6", {("T6.1", "relevance"): note, ("T6.1", "stance"): "amend"}
            )
    maintain.refresh(session)
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, session, site)
    found, widths, blanks, boxes = [], [], [], []

    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for address in (PAGE, f"{PAGE}?tri=verdict", f"{PAGE}?q=introuvable"):
            assert page.goto(address).status == 200, address
            found += violations(page)
            widths.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
            blanks.append(page.evaluate(BLANK))
            boxes.append(page.evaluate(BOXES))

    context.close()
    assert found == []
    assert max(widths) <= 0
    assert max(blanks) < 40
    assert max(boxes) == 0
