"""Measures with responses whose figures are published."""

import pytest

from consultation.accounts.models import Account, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.results.publication import prepare, snapshot_store
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.invitations.builders import Browser
from tests.moderation.builders import StaffActor

SMALL = 5


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def measure(session):
    return make_measure(session, "T7", indicators=1)


@pytest.fixture
def opened(session, measure):
    opened = make_round(session)
    session.commit()
    return opened


def publisher(session):
    """An organiser who acts."""
    known = session.query(Account).filter_by(email="publie@exemple.fr").first()
    account_id = known.id if known else make_account(session, "publie@exemple.fr", Role.ORGANISER)
    return StaffActor(account_id, "publie@exemple.fr", frozenset({Role.ORGANISER}))


def answer_many(session, opened, measure, *groups):
    """Responses to a measure: each group is how many, and the answers all of them give.

    The worker of a site that runs meanwhile may write, too.
    """
    session.commit()
    with writing(session):
        for count, answers, who in groups:
            for _ in range(count):
                respond(session, opened, measure, answers, **who)


def publish(session, opened, measure_id=..., small=SMALL):
    """Publish the figures of one measure, or of all, as they stand."""
    actor = publisher(session)
    wanted = None if measure_id is ... else [measure_id]
    prepared = prepare.prepare(Work(session(), actor, now()), opened, small, wanted)
    with writing(session()):
        made = snapshot_store.publish_all(Work(session(), actor, now()), opened, prepared, small)
    return made[0] if measure_id is not ... else made


def signed_in(app, session, role):
    """Browser of a new account of this role."""
    make_account(session, f"{role.value}@exemple.fr", role)
    browser = Browser(app)
    browser.enter(f"{role.value}@exemple.fr")
    return browser
