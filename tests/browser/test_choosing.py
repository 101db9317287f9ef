"""Choosing measures on a phone: the first one is in sight, and a choice lands on what it found."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.plan.models import Measure
from tests.browser.test_journey import PHONE

pytestmark = pytest.mark.looks
SCREENS = f"document.documentElement.scrollHeight / {PHONE['height']}"
BOTTOM = "it => it.getBoundingClientRect().bottom"
TOP = "it => it.getBoundingClientRect().top"


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser, site, request):
    context = browser.new_context(
        base_url=site.address, viewport=PHONE, locale="fr-FR", java_script_enabled=request.param
    )
    yield context.new_page()
    context.close()


def test_sixty_measures_take_seven_screens_and_home_two_and_a_half(page, session):
    with writing(session()):
        session.execute(sa.update(Measure).values(retired_at=now()))
        fill.fill(session(), measures=60, responses=1, at=now())

    page.goto("/")
    home = page.evaluate(SCREENS)
    page.goto("/mesures")
    first = page.locator(".contents li").first

    assert home <= 2.5
    assert page.evaluate(SCREENS) <= 7
    assert first.evaluate(BOTTOM) <= PHONE["height"]


def test_choice_of_a_theme_lands_on_the_heading_that_counts_what_was_found(page):
    page.goto("/mesures")
    page.get_by_text("Choisir par thème").click()
    page.get_by_label("justice").check()
    page.get_by_role("button", name="Montrer ces mesures").click()

    heading = page.get_by_role("heading", name="mesures trouvées")
    expect(heading).to_be_focused()
    assert 0 <= heading.evaluate(TOP) < PHONE["height"] / 3
    expect(page.locator("details.choosing")).not_to_have_attribute("open", "")
    page.get_by_role("link", name="Retirer : justice").click()
    expect(page.get_by_role("heading", name="Toutes les mesures")).to_be_focused()


def test_search_lands_on_what_was_found_and_says_when_it_was_for_other_words(page):
    page.goto("/")
    page.get_by_label("Chercher parmi 10 mesures").fill("hebergemant")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="trouvée")).to_be_focused()
    expect(page.get_by_text("voici ceux pour « hébergement »")).to_be_in_viewport()
