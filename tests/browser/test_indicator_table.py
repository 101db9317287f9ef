"""The pages of indicators in a browser: readable by everyone, on a phone too."""

import pytest

from consultation.db.base import writing
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain
from tests.browser.axe import violations
from tests.browser.test_editor import sign_in
from tests.exports.builders import respond
from tests.factories import screen_all

INDICATORS = "/organisation/indicateurs"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.mark.looks
def test_pages_of_indicators_have_no_violation_and_fit_a_phone(browser, session, site):
    with writing(session()):  # the worker of the site writes as well
        opened = queries.last(session())
        for note in range(1, 10):
            said = {("T6.1", "relevance"): note, ("T6.1", "stance"): "amend"}
            wording = {("T6.1", "proposed_wording"): f"Une autre formulation, {note}."}
            respond(session, opened, "T6", {**said, **wording, "missing_indicator": "Le délai."})
    with writing(session()):
        screen_all(session)
    maintain.refresh(session)
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, session, site)
    found, widths = [], []

    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for address in (f"{INDICATORS}/T6.1", f"{INDICATORS}/manquants?mesure=T6"):
            assert page.goto(address).status == 200, address
            page.locator("details").first.evaluate("one => { one.open = true; }")
            found += violations(page)
            widths.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    context.close()
    assert found == []
    assert max(widths) <= 0
