"""Fixtures of accounts: browsers of members of staff, over https."""

import pytest

from tests.accounts.builders import Browser, add_stand_ins


@pytest.fixture
def unlimited(settings):
    """No rate limits; to be asked for before anything that needs the application."""
    settings["RATE_LIMITS"] = False


@pytest.fixture
def app(app):
    return add_stand_ins(app)


@pytest.fixture
def visitor(app):
    return Browser(app)


@pytest.fixture
def open_visitor(app):
    """Another browser each time."""
    return lambda: Browser(app)
