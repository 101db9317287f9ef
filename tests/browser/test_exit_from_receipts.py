"""Quick exit from a first receipt: who comes next sees neither it nor the personal link."""

import pytest
from playwright.sync_api import expect

from tests.browser.exit_browser import (
    FORM,
    MORE,
    SECRET,
    leave,
    shows_nothing,
    wait_for_closing,
    with_scripts,
)  # fmt: skip
from tests.browser.exit_browser import elsewhere as elsewhere
from tests.browser.exit_browser import own_browser as own_browser
from tests.browser.exit_browser import page as page
from tests.browser.exit_browser import session as session
from tests.browser.exit_browser import site as site
from tests.browser.neutral_site import HOST
from tests.browser.test_journey import wait_for


def fill_and_send(page):
    page.goto(FORM)
    page.get_by_label("À quel titre répondez-vous").select_option("concerned_person")
    page.get_by_label(MORE).fill(SECRET)
    page.get_by_role("button", name="Envoyer ma contribution").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    return page.url, page.locator(".personal-link").inner_text()


def by_link(page):
    leave(page)


def by_keys(page):
    """Press until the page is left, as who wants to be gone does: its script may come late."""
    wait_for(lambda: page.keyboard.press("Escape") or page.url == f"https://{HOST}/")
    page.wait_for_url(f"https://{HOST}/")


def from_another_page(page):
    page.goto("/mesures")
    leave(page)


def from_a_second_tab(page):
    second = page.context.new_page()
    second.goto(f"{page.url.partition('/recu/')[0]}/aide")
    leave(second)
    second.close()


def of_everyone(*ways):
    return pytest.mark.parametrize("way_out", ways)


def shows_no_receipt(page, receipt, link):
    token = link.rpartition("/")[2]
    assert page.goto(receipt).status == 410
    assert token not in page.content()


@of_everyone(by_link, from_another_page, from_a_second_tab)
def test_first_receipt_is_shown_nowhere_once_left(page, own_browser, session, way_out):
    receipt, link = fill_and_send(page)

    way_out(page)
    wait_for_closing(session)

    shows_no_receipt(page, receipt, link)
    other = own_browser.new_context(ignore_https_errors=True, locale="fr-FR").new_page()
    shows_no_receipt(other, receipt, link)
    other.goto(link)
    expect(other.get_by_role("button", name="Ouvrir mon espace")).to_be_visible()
    other.context.close()
    assert page.context.cookies() == []


@with_scripts
@of_everyone(by_link, by_keys)
def test_no_step_back_from_a_first_receipt_shows_a_word(page, session, way_out):
    _receipt, link = fill_and_send(page)

    way_out(page)
    wait_for_closing(session)

    for _step in range(4):
        page.go_back(wait_until="commit")
        page.wait_for_timeout(300)
        assert link.rpartition("/")[2] not in page.content()
        expect(page.get_by_text("Envoyé à")).to_have_count(0)
        shows_nothing(page)
    assert page.url == "about:blank"
