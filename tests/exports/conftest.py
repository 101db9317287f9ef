"""What the tests of the pages of exports share: a round with responses, and who is signed in."""

import pytest

from consultation.accounts.models import Role
from tests.accounts import builders as accounts
from tests.accounts.builders import add_stand_ins, make_account


class Browser(accounts.Browser):
    """A browser that also takes files away."""

    def _keep(self, page):
        if page.mimetype == "text/html":
            return super()._keep(page)
        page.get_data()
        page.close()
        return page


@pytest.fixture
def pages(app):
    """The application with stand-ins for pages of other rooms."""
    return add_stand_ins(app)


@pytest.fixture
def sign_in(pages, session):
    """Return the browser of somebody who has these roles."""

    def signed_in(*roles):
        email = f"{'-'.join(roles)}@exemple.fr"
        make_account(session, email, *roles)
        browser = Browser(pages)
        browser.enter(email)
        return browser

    return signed_in


@pytest.fixture
def organiser(sign_in):
    return sign_in(Role.ORGANISER)
