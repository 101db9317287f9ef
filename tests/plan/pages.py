"""Signed-in browsers and texts of pages, for the tests of the plan."""

from tests.accounts.builders import make_account
from tests.invitations.builders import Browser
from tests.pages import straight


def signed_in(app, session, email, *roles):
    session.commit()
    make_account(session, email, *roles)
    browser = Browser(app)
    browser.enter(email)
    return browser


def text_of(page):
    """HTML of a page, without the no-break spaces and curled apostrophes of French."""
    return straight(page.get_data(as_text=True)).replace("&#39;", "'")
