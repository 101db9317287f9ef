"""A round open on two measures, and those who moderate what it brings in."""

import pytest

from consultation.accounts.models import Role
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure, make_round
from tests.moderation.builders import Colleague, make_actor


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
def colleague(session):
    """Camille, who moderates, where one moderator is enough."""
    return Colleague(session, make_actor(session))


@pytest.fixture
def colleagues(session):
    """Camille and Dominique, where two have to agree."""
    return tuple(
        Colleague(session, make_actor(session, name), two_moderators=True)
        for name in ("camille", "dominique")
    )


@pytest.fixture
def sign_in(app, session):
    """Return the browser of somebody who has these roles."""

    def signed_in(*roles, name="camille"):
        email = f"{name}@exemple.fr"
        make_account(session, email, *(roles or (Role.MODERATOR,)))
        browser = Browser(app)
        browser.enter(email)
        return browser

    return signed_in


@pytest.fixture
def moderator(sign_in):
    return sign_in()
