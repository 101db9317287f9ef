"""The programme of hostile input; its sites are made once for each file that needs one."""

import pytest

from tests.browser.conftest import browser_type_launch_args as browser_type_launch_args
from tests.hostile.furnished import furnish
from tests.hostile.places import EXITS, places_of, sign_in
from tests.mail.smtp_server import certificate_authority as certificate_authority


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "BASE_URL": "http://127.0.0.1:8000"}


@pytest.fixture
def made(app, session):
    """A site in which there is one of everything, in hostile words; what its addresses name."""
    return furnish(app, session)


@pytest.fixture
def visitor(app, made):
    """Somebody of the team who has every role, and whose browser has a respondent's space open."""
    browser = sign_in(app)
    browser.open(made.space, method="POST")
    return browser


@pytest.fixture
def addresses(app, made):
    """Every address that can be fetched."""
    found = places_of(app, made)
    return [path for rule, paths in found.items() for path in paths if rule not in EXITS]
