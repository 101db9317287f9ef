"""Browser that is left by « Quitter vite », and the site that it leaves, for the tests of it."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.extensions import db
from consultation.responses.models import Draft, RespondentSession
from tests.browser.conftest import open_first_round
from tests.browser.filled_site import filled_site
from tests.browser.neutral_site import HOST, TITLE, neutral_site, resolved_to
from tests.browser.test_journey import wait_for

FORM, IN_SPACE, SPACE = "/mesures/T4/contribuer", "/contributions/mesures/T4", "/contributions/"
MORE = "Que souhaitez-vous ajouter"
SAVE = "Enregistrer et reprendre plus tard"
SECRET = "Un texte que personne d’autre ne doit lire"
CACHED = {"bfcache": ["--disable-back-forward-cache"], "no bfcache": []}
"""What Playwright would start the browser with, and is not to."""


@pytest.fixture(scope="module")
def elsewhere(certificate_authority):
    with neutral_site(certificate_authority.issue_cert(HOST)) as server:
        yield server


@pytest.fixture(scope="module")
def site(databases, tmp_path_factory, keys_dir):
    """One server for all tests of a module: each begins without a space and without a draft."""
    folder = tmp_path_factory.mktemp("site")
    with filled_site(databases, folder, keys_dir, open_first_round) as site:
        yield site


@pytest.fixture(autouse=True)
def session(site):
    """The session of the site's database, in which no earlier test has left a space or a draft."""
    with site.app.app_context():
        for table in (RespondentSession, Draft):
            db.session.execute(sa.delete(table))
        db.session.commit()
        yield db.session
        db.session.remove()


@pytest.fixture(params=list(CACHED), scope="module")
def own_browser(request, browser_type_launch_args, browser_type, elsewhere):
    """A browser that finds the neutral site here, and keeps pages for « Back » or does not."""
    options = browser_type_launch_args
    started = browser_type.launch(
        executable_path=options["executable_path"],
        args=[*options["args"], resolved_to(elsewhere)],
        ignore_default_args=CACHED[request.param] or None,
    )
    yield started
    started.close()


@pytest.fixture(params=[pytest.param(True, id="scripts"), pytest.param(False, id="no scripts")])
def page(request, own_browser, site):
    context = own_browser.new_context(
        base_url=site.address,
        locale="fr-FR",
        ignore_https_errors=True,
        java_script_enabled=request.param,
    )
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.has_scripts = request.param
    yield page
    context.close()


with_scripts = pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)


def open_space(page):
    """Begin a form that has a text, and go on with it in its space."""
    page.goto(FORM)
    page.get_by_label(MORE).fill(SECRET)
    page.get_by_role("button", name=SAVE).click()
    link = page.locator(".personal-link").inner_text()
    page.get_by_role("link", name="Continuer le formulaire").click()
    expect(page.get_by_label(MORE)).to_have_value(SECRET)
    return link


def leave(page):
    page.locator("[data-quick-exit]").click(no_wait_after=True)
    page.wait_for_url(f"https://{HOST}/")
    expect(page).to_have_title(TITLE)


def wait_for_closing(session):
    """Wait until the request is in that closes the space: the page that is left does not."""

    def is_closed():
        session.rollback()
        closings = session.scalars(sa.select(RespondentSession.revoked_at)).all()
        return len(closings) == 1 and closings[0] is not None

    wait_for(is_closed)


def go_back(page):
    before = page.url
    page.go_back(wait_until="commit")
    page.wait_for_url(lambda url: url != before)
    page.wait_for_timeout(300)


def shows_nothing(page):
    expect(page.get_by_role("heading", name="Mon espace")).to_have_count(0)
    expect(page.get_by_text(SECRET)).to_have_count(0)
    for area in page.locator("textarea:visible").all():
        assert SECRET not in area.input_value()
