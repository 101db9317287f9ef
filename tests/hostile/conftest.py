"""The programme of hostile input; its sites are made once for each file that needs one."""

import pytest

from tests.browser.conftest import browser_type_launch_args as browser_type_launch_args
from tests.hostile.furnished_site import furnished_site as furnished_site
from tests.hostile.places import EXITS, places_of, sign_in
from tests.mail.smtp_server import certificate_authority as certificate_authority


@pytest.fixture
def database_url(request, databases):
    """The address of a copy of the furnished site's database, or of an empty one."""
    if "made" in request.fixturenames:
        url = databases.copy_of(request.getfixturevalue("furnished_site").database_url)
    else:
        url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def settings(request, settings):
    if "made" in request.fixturenames:
        site = request.getfixturevalue("furnished_site")
        site.copy_files(settings["HOME"], settings["EXPORTS_DIR"])
    return settings | {"RATE_LIMITS": False, "BASE_URL": "http://127.0.0.1:8000"}


@pytest.fixture
def made(app, furnished_site):
    """A site in which there is one of everything, in hostile words; what its addresses name."""
    return furnished_site.names


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
