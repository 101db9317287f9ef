"""A round open on two measures, and an organiser who decides on its indicators."""

import pytest

from tests.decisions.builders import make_organiser
from tests.factories import make_measure, make_round


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T4", "Accès à l'emploi", indicators=1)
    make_measure(session, "T7", "Hébergement spécialisé", indicators=2)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(session):
    return make_organiser(session)
