"""An open round with a measure, and browsers of members of staff."""

import pytest

from consultation.accounts.models import Role
from tests.accounts.builders import make_account
from tests.factories import make_measure, make_round
from tests.invitations.builders import Browser, make_group


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def measure(session):
    return make_measure(session, "T7")


@pytest.fixture
def consultation_round(session, measure):
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def group(session, consultation_round):
    made = make_group(session)
    session.commit()
    return made


@pytest.fixture
def organiser(app, session):
    """The browser of an organiser."""
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser
