import pytest
import time_machine

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure, make_round

STAFF = "camille@exemple.fr"


@pytest.fixture
def settings(settings):
    return settings | {"MAIL_SERVER": "smtp.exemple.fr"}


@pytest.fixture
def measure(session):
    row = make_measure(session, "T7", lead="Direction du logement")
    make_round(session)
    session.commit()
    return row


@pytest.fixture
def actor(session, measure):
    account_id = make_account(session, STAFF, Role.ORGANISER)
    return StaffActor(account_id, STAFF, frozenset({Role.ORGANISER}))


@pytest.fixture
def staff(app, actor):
    browser = Browser(app)
    browser.enter(STAFF)
    return browser


@pytest.fixture
def traveller():
    """A clock that runs, and may be moved."""
    with time_machine.travel(now(), tick=True) as moved:
        yield moved
