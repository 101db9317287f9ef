"""Signed-in browsers and texts of pages, for the tests of the plan."""

import re

from tests.accounts.builders import make_account
from tests.invitations.builders import Browser


def signed_in(app, session, email, *roles):
    session.commit()
    make_account(session, email, *roles)
    browser = Browser(app)
    browser.enter(email)
    return browser


def text_of(page):
    """HTML of a page, without the no-break spaces and curled apostrophes of French."""
    text = re.sub(r"[\u00a0\u202f]", " ", page.get_data(as_text=True)).replace("’", "'")
    return text.replace("&#39;", "'")
