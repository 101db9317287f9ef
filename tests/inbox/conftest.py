"""Mail comes in from a real server or from files; members of staff sort it in their browsers."""

import pytest

from consultation.accounts.models import Role
from tests.accounts.builders import make_account
from tests.factories import make_measure, make_round
from tests.inbox.builders import Browser
from tests.inbox.dovecot import box as box
from tests.inbox.dovecot import dovecot as dovecot
from tests.inbox.dovecot import wire as wire


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    """A round that is open on two measures and on the tool."""
    make_measure(session, "T4", "Accès à l'emploi", indicators=1)
    make_measure(session, "T7", "Hébergement spécialisé", indicators=1)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def sign_in(app, session):
    """Return the browser of somebody who has these roles."""

    def signed_in(*roles, name=""):
        email = f"{'-'.join(roles)}{name}@exemple.fr"
        make_account(session, email, *roles)
        browser = Browser(app)
        browser.enter(email)
        return browser

    return signed_in


@pytest.fixture
def organiser(sign_in):
    return sign_in(Role.ORGANISER)
