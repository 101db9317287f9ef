"""Quick exit: whoever sits down next finds no space, whatever they press, and no word is lost."""

import re

import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.responses.models import Draft
from tests.browser.exit_browser import (
    FORM,
    IN_SPACE,
    MORE,
    SECRET,
    SPACE,
    go_back,
    leave,
    open_space,
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
