"""Texts read aloud, in a real browser: played by its own controls, with scripts or without."""

import pytest
from playwright.sync_api import expect

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.questionnaires.rounds import queries
from tests.accounts.builders import PASSWORD, make_account
from tests.browser import axe
from tests.questionnaires.rounds.builders import organiser_of
from tests.recordings.builders import mp3, record_all

FORM = "/mesures/T7/contribuer"
OPEN_PLAYERS = "document.querySelectorAll('.listen').forEach(one => one.open = true)"
LENGTH = """audio => new Promise((resolve, reject) => {
  audio.addEventListener("loadedmetadata", () => resolve(audio.duration));
  audio.addEventListener("error", () => reject(audio.error.message));
  audio.preload = "metadata";
  audio.load();
})"""


@pytest.fixture
def recorded(site, session):
    """A site of which every French text is read aloud."""
    actor = organiser_of(session, "nour@association.fr")
    record_all(session, queries.current(session(), now()), actor, content=mp3(200))
    return site


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(browser, recorded, request):
    context = browser.new_context(
        base_url=recorded.address, locale="fr-FR", java_script_enabled=request.param
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["/", FORM, "/donnees-personnelles"])
def test_sound_is_asked_for_when_one_plays_it_and_from_this_site_only(page, recorded, path):
    asked, refused = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path)
    summary = page.locator(".listen summary").first
    expect(page.locator(".listen audio").first).not_to_be_visible()

    summary.focus()
    page.keyboard.press("Enter")
    player = page.locator(".listen audio").first
    expect(player).to_be_visible()
    assert not [it for it in asked if "/enregistrements/" in it]
    with page.expect_request("**/enregistrements/*.mp3") as request:
        player.click(position={"x": 20, "y": 22})

    assert request.value.response().status in (200, 206)
    assert {it.split("/")[2] for it in asked} == {recorded.address.split("/")[2]}
    assert refused == []


def test_sound_without_tags_is_one_that_a_browser_reads(browser, recorded):
    page = browser.new_page(base_url=recorded.address)
    page.goto(FORM)

    length = page.locator(".listen audio").first.evaluate(LENGTH)

    assert length == pytest.approx(200 * 1152 / 44_100, abs=0.1)
    page.close()


def test_pages_with_players_have_no_violation(browser, recorded, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    page = browser.new_page(
        base_url=recorded.address, locale="fr-FR", reduced_motion="reduce"
    )  # a colour that is still changing has no contrast to measure
    found = []
    for path in ("/", FORM, "/donnees-personnelles"):
        page.goto(path)
        page.evaluate(OPEN_PLAYERS)
        found += axe.violations(page)
    page.goto("/connexion")
    page.get_by_label("Adresse").first.fill("lou@association.fr")
    page.get_by_label("Mot de passe").first.fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    code = queries.current(session(), now()).code
    pages = f"/organisation/tours/{code}/enregistrements"
    for path in (pages, f"{pages}/fr/question/stance"):
        page.goto(path)
        page.evaluate(OPEN_PLAYERS)
        found += axe.violations(page)
    page.close()

    assert found == []
