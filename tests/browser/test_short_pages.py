"""Pages that say one thing at a time, in a browser: an indicator of the form is a screen."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.test_advice import site as site

FORM = "/facile/mesures/T7/contribuer"


@pytest.mark.parametrize("has_scripts", [True, False])
def test_links_lead_from_one_indicator_to_the_next_and_send_nothing(browser, site, has_scripts):
    context = browser.new_context(
        base_url=site.address, locale="fr-FR", reduced_motion="reduce",
        java_script_enabled=has_scripts, viewport={"width": 390, "height": 844},
    )  # fmt: skip
    page, posted = context.new_page(), []
    page.on("request", lambda it: posted.append(it.url) if it.method == "POST" else None)
    page.goto(FORM)
    screens, titles = page.locator(".screen"), page.locator(".screen h2")

    heights = [it.bounding_box()["height"] for it in screens.all()]
    screens.nth(0).get_by_role("radio").first.check()
    screens.nth(0).get_by_role("link", name="Continuer").click()
    expect(titles.nth(1)).to_be_in_viewport()
    expect(titles.nth(0)).not_to_be_in_viewport()
    screens.nth(1).get_by_role("link", name="Revenir").click()
    expect(titles.nth(0)).to_be_in_viewport()
    expect(titles.nth(1)).not_to_be_in_viewport()

    assert len(heights) == 4
    assert min(heights) > 600
    expect(screens.nth(0).get_by_role("radio").first).to_be_checked()
    assert posted == []
    context.close()


@pytest.mark.parametrize("path", ["/", "/mesures/T7", "/mesures/T7/contribuer", "/resultats"])
def test_easy_page_has_no_violation(browser, site, path):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"/facile{path}")

    assert violations(page) == []
    context.close()
