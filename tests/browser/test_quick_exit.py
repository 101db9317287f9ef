"""Quick exit: whoever sits down next finds no space, whatever they press, and no word is lost."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.responses.models import Draft, RespondentSession
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


def test_space_is_closed_by_back_by_the_address_and_by_reload(page, session):
    open_space(page)
    page.goto(SPACE)
    page.goto(IN_SPACE)

    leave(page)
    wait_for_closing(session)
    for _step in range(3):
        go_back(page)
        shows_nothing(page)
        page.reload()
        shows_nothing(page)
    for path in (SPACE, IN_SPACE):
        assert page.goto(path).status == 403
        shows_nothing(page)

    assert page.context.cookies() == []


def test_no_page_before_it_shows_or_presses_what_opens_the_space(page):
    link = open_space(page)
    if page.has_scripts:  # without them the address of the personal link stays in the history
        page.goto(link)
        page.get_by_role("button", name="Ouvrir mon espace").click()
    page.goto(IN_SPACE)

    leave(page)

    for _step in range(8):
        page.go_back(wait_until="commit")  # two entries may have one address
        page.wait_for_timeout(300)
        assert link.rpartition("/")[2] not in page.content()
        expect(page.get_by_role("button", name="Ouvrir mon espace")).to_have_count(0)
    assert page.url == "about:blank"


def test_neutral_site_is_not_told_where_one_comes_from(page, elsewhere):
    open_space(page)
    elsewhere.requests.clear()

    leave(page)

    assert [referrer for path, referrer in elsewhere.requests if path == "/"] == [None]


@with_scripts
def test_words_of_the_last_moment_are_in_the_draft(page, session):
    # Without scripts a form is saved by its button.
    link = open_space(page)
    page.get_by_label(MORE).fill(f"{SECRET}, et encore ceci")

    leave(page)

    def is_saved():
        session.rollback()
        return "et encore ceci" in session.scalars(sa.select(Draft)).one().fields

    wait_for(is_saved)
    page.goto(link)
    page.get_by_role("button", name="Ouvrir mon espace").click()
    page.goto(IN_SPACE)
    expect(page.get_by_label(MORE)).to_have_value(re.compile("et encore ceci$"))


@with_scripts
def test_leaving_does_not_wait_for_a_server_that_does_not_answer(page):
    # Without scripts the server itself leads away.
    open_space(page)
    page.route(re.compile("/quitter$"), lambda _route: None)  # it never answers

    leave(page)


def test_leaving_in_english_closes_the_space_too(page, session):
    open_space(page)
    page.goto("/en/mesures")

    page.get_by_role("link", name="Exit this site quickly").click(no_wait_after=True)
    page.wait_for_url(f"https://{HOST}/")
    wait_for_closing(session)

    assert page.goto(SPACE).status == 403


def test_refusal_at_a_staff_address_closes_the_space_too(page, session):
    open_space(page)
    page.goto("/en/organisation/nulle-part")

    leave(page)
    wait_for_closing(session)

    assert page.goto(SPACE).status == 403


@with_scripts
def test_words_of_a_public_form_do_not_come_back(page):
    # Without scripts a browser puts back what was typed.
    page.goto(FORM)
    page.get_by_label(MORE).fill(SECRET)
    page.locator("[data-toc] a").last.click()
    assert "#" in page.url

    leave(page)
    go_back(page)

    assert page.url == "about:blank"


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


@with_scripts
def test_words_put_back_are_not_seen_before_the_last_picture_is_there(page, session):
    page.goto(FORM)
    page.get_by_label(MORE).fill(SECRET)
    page.goto("/mesures")
    leave(page)
    coming = []
    page.route("**/late.png", lambda route: coming.append(route))
    page.add_init_script(LATE_PICTURE)

    page.go_back(wait_until="commit")
    wait_for(lambda: coming or page.evaluate("document.readyState") == "complete")
    for _look in range(10):
        shows_nothing(page)
        page.wait_for_timeout(50)
    for route in coming:
        route.abort()

    expect(page.get_by_label(MORE)).to_be_visible()
    expect(page.get_by_label(MORE)).to_have_value("")


LATE_PICTURE = """addEventListener("DOMContentLoaded", () => {
  document.body.append(Object.assign(new Image(), { src: "/late.png" }));
})"""


@with_scripts
def test_words_of_a_form_left_behind_do_not_come_back_once_another_page_was_left(page):
    page.goto(FORM)
    page.get_by_label(MORE).fill(SECRET)
    page.goto("/mesures")

    leave(page)
    for _step in range(3):
        page.go_back(wait_until="commit")
        page.wait_for_timeout(300)
        shows_nothing(page)
