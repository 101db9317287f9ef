"""A round open on two measures, an organiser who decides, and documents of their editions."""

import pytest

from consultation.clock import now
from consultation.documents import build
from consultation.documents.build import Choice, Site
from tests.decisions.conftest import opened as opened
from tests.decisions.conftest import organiser as organiser

SITE = Site("https://exemple.fr", 5)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "BASE_URL": SITE.base_url}


@pytest.fixture
def document_of(app, session):
    """The document of a choice, by its values."""

    def made(site=SITE, **values):
        with app.app_context():
            return build.document_of(session, Choice(**values), site, now())

    return made
