"""Staff pages on the scale of the official plan: the page scrolls, and nothing in it does."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.moderation import screening
from consultation.moderation.clusters.clustering import cluster_due
from consultation.questionnaires.models import Round
from consultation.results.tallies import maintain
from tests.accounts.builders import PASSWORD, give_code_in, make_account
from tests.browser.axe import OPEN_ALL
from tests.browser.conftest import open_first_round
from tests.browser.filled_site import filled_database
from tests.browser.test_accessibility import STAFF
from tests.browser.widths import too_narrow
from tests.factories import make_round

EMAIL = "equipe@exemple.fr"
ROLES = (Role.ORGANISER, Role.MODERATOR, Role.ADMINISTRATOR)
LISTS = [
    *(address for address in STAFF if "T7" not in address),
    "/organisation/plan/mesures/DEMO-1", "/organisation/avancement/DEMO-1",
    "/organisation/couverture?cote=territory", "/organisation/indicateurs/DEMO-1.1",
    "/organisation/resultats/DEMO-1", "/moderation/alertes", "/moderation/suivant",
]  # fmt: skip
PUBLIC = [
    "/", "/en/", "/mesures", "/mesures/DEMO-1", "/mesures/DEMO-1/contribuer", "/plan", "/en/plan",
    "/plan/DEMO-1", "/decisions", "/mesures/DEMO-1/indicateurs/DEMO-1.1", "/bilan",
    "/bilan/1/axes/DEMO-1", "/bilan/1/mesures/DEMO-1", "/document",
    "/resultats", "/dix-minutes", "/aide", "/mentions-legales", "/accessibilite",
]  # fmt: skip
WIDE = [
    "/organisation/resultats/DEMO-1", "/organisation/couverture",
    "/organisation/couverture?par=territoire", "/organisation/avancement",
]  # fmt: skip
SCROLLERS = """() => [...document.querySelectorAll("body *")].filter(it =>
    it.scrollHeight > it.clientHeight + 1 && it.clientHeight > 40
    && /auto|scroll/.test(getComputedStyle(it).overflowY) && it.tagName !== "TEXTAREA"
).map(it => it.outerHTML.slice(0, 120))"""
BOXES = """() => [...document.querySelectorAll("main .scroll")].filter(it =>
    it.scrollWidth > it.clientWidth + 1).map(it => it.outerHTML.slice(0, 120))"""
UNSEEN_PLACES = """() => [
  ...document.querySelectorAll(".bar.staff nav [aria-current]")
].filter(it => {
  const [part, whole] = [it, it.closest(".bar-links, .bar-rooms, .bar-pages")].map(
    one => one.getBoundingClientRect());
  return part.width && (part.left < whole.left - 1 || part.left > whole.right - 44);
}).map(it => it.textContent.trim())"""
"""Where one is, in a menu that scrolls on a phone, unless it begins in sight."""
MENU_LINES = ".bar.staff :is(.bar-links, .bar-second, .bar-rooms, .bar-pages)"
ONE_LINE = 44
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def filled(databases, tmp_path_factory, keys_dir):
    """The address of a database that has all of it, of which each test has a copy."""

    def fill_whole(app):
        open_first_round(app)
        with app.app_context():
            with writing(db.session()):
                fill.fill(db.session(), measures=60, responses=40, at=now())
            for screen in (screening.screen_due, cluster_due):
                screen(db.session())
            maintain.refresh(db.session())
            make_account(db.session, EMAIL, *ROLES)

    folder = tmp_path_factory.mktemp("filled")
    with filled_database(databases, folder, keys_dir, fill_whole) as (url, _app):
        yield url


@pytest.fixture
def database_url(databases, filled):
    url = databases.copy_of(filled)
    yield url
    databases.drop(url)


@pytest.fixture
def opened():
    """Nothing: the round of the copy is open."""


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    page.goto("/connexion")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    give_code_in(page)
    page.wait_for_url("**/organisation/")
    yield page
    context.close()


@pytest.mark.looks
def test_staff_pages_scroll_as_a_whole_and_not_sideways(page):
    scrolling, missing = [], []
    for address in LISTS:
        if (status := page.goto(address).status) != 200:
            missing.append((address, status))
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            scrolling += [(address, width, box) for box in page.evaluate(SCROLLERS)]
            scrolling += [(address, width, place) for place in page.evaluate(UNSEEN_PLACES)]
            if page.evaluate(SIDEWAYS):
                scrolling.append((address, width, "sideways"))
        scrolling += too_narrow(page)

    assert missing == []
    assert scrolling == []


@pytest.mark.looks
def test_public_pages_are_whole_in_narrow_windows_and_with_large_text(page):
    found = []
    for address in PUBLIC:
        assert page.goto(address).status == 200, address
        found += too_narrow(page)
        page.evaluate(OPEN_ALL)
        found += too_narrow(page)

    assert found == []


@pytest.mark.looks
def test_wide_tables_have_no_box_that_scrolls_sideways(page):
    scrolling = []
    for address in WIDE:
        assert page.goto(address).status == 200
        assert page.locator("main table").count(), address
        page.evaluate("document.querySelectorAll('main details').forEach(it => { it.open = true })")
        for width in (390, 768, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            scrolling += [(address, width, box) for box in page.evaluate(BOXES)]
            if page.evaluate(SIDEWAYS):
                scrolling.append((address, width, "sideways"))

    assert scrolling == []


@pytest.mark.looks
def test_heads_of_a_list_stay_in_sight_and_rows_are_cards_on_a_phone(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/moderation")
    page.evaluate("scrollTo(0, document.querySelector('tbody').getBoundingClientRect().bottom / 2)")
    head = page.get_by_role("columnheader", name="Texte").bounding_box()
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.locator("tbody a").first.bounding_box()

    assert head["y"] == 0
    assert link["x"] >= 0
    assert link["x"] + link["width"] <= 390
    assert (
        page.locator("tbody td[data-label='Reçu le']").first.evaluate(
            "it => getComputedStyle(it, '::before').content"
        )
        == '"Reçu le"'
    )


@pytest.mark.looks
@pytest.mark.parametrize("width", [1024, 1280])
def test_header_has_one_line_for_acts_and_one_for_steps_and_the_round(page, session, width):
    later = now() + timedelta(days=300)
    second = make_round(session, opens_at=later, closes_at=later + timedelta(days=30), code="suite")
    second.title = {"fr": "Deuxième consultation, après le bilan de la première"}
    session.commit()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/organisation/invitations")

    expect(page.locator(".bar-second select")).to_be_visible()
    acts, account = (page.locator(it).bounding_box() for it in (".bar-links", ".own"))
    assert abs(acts["y"] - account["y"]) < ONE_LINE / 2
    assert page.locator(".bar-second").bounding_box()["height"] < 2 * ONE_LINE


def lines_of_header(page, path):
    """The lines of the menu that are taller than one, at each step of the act of a page."""
    page.goto(path)
    steps = page.locator(".bar-rooms a").evaluate_all("all => all.map(it => it.pathname)")
    tall = []
    for step in steps:
        page.goto(step)
        for line in page.locator(MENU_LINES).all():
            box = line.bounding_box()
            if box and box["height"] >= 2 * ONE_LINE:
                tall.append((step, line.get_attribute("class"), box["height"]))
    assert len(steps) > 5
    return tall


@pytest.mark.looks
@pytest.mark.parametrize("rounds", [0, 12])
def test_steps_and_the_round_chosen_stand_on_one_line(page, session, rounds):
    name = "Deuxième consultation, après le bilan de la première, dans les territoires " * 2
    current = session.scalars(sa.select(Round)).first()
    current.title = {"fr": name.strip()}
    for number in range(rounds):
        later = now() + timedelta(days=300 + 50 * number)
        make_round(
            session, opens_at=later, closes_at=later + timedelta(days=30), code=f"suite-{number}"
        ).title = {"fr": f"{name} {number}"}
    session.commit()
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        assert lines_of_header(page, "/organisation/invitations") == []
        assert lines_of_header(page, "/organisation/avancement") == []


@pytest.mark.looks
def test_verdict_on_a_text_is_in_sight_while_an_alert_is_open_on_another(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/moderation/suivant")
    page.get_by_role("button", name="Signaler une personne en danger").click()
    page.get_by_role("link", name="Suivant", exact=True).click()
    bar = page.locator(".verdicts").bounding_box()

    expect(page.get_by_text("alerte ouverte").first).to_be_visible()
    assert bar["y"] + bar["height"] <= 900
