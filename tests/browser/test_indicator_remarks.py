"""Remarks on an indicator, made while somebody types; then axe on the page."""

import re

from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.test_editor import sign_in


def test_remarks_follow_what_is_typed_and_nothing_is_stored(browser, site, session):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, session, site)
    page.goto("/organisation/plan")
    page.locator(".rank a").first.click()
    page.locator("a[href*='/plan/indicateurs/']").first.click()
    page.wait_for_url("**/plan/indicateurs/**")  # what is typed before its script has no remark
    label, remarks = page.get_by_label("Intitulé", exact=True), page.locator("[data-remarks]")
    before = label.input_value()

    label.fill("Renforcer la coopération")
    expect(remarks).to_contain_text("une intention")
    label.fill("Nombre d'accords signés")
    expect(remarks).not_to_contain_text("une intention")

    assert page.get_by_role("button", name="Relire ce qui est écrit").count() == 0
    assert violations(page) == []
    page.reload()
    expect(label).to_have_value(re.compile(re.escape(before)))
    context.close()
