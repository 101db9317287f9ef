"""Staff list of the responses received."""

import pytest

from consultation.accounts.models import Role
from tests.accounts.builders import Browser, make_account

LIST = "/organisation/contributions/"


@pytest.fixture
def organiser(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_last_days_of_the_calendar_are_days_like_any_other(
    organiser, client, form, day
):
    client.post(form.path, data=form.data())

    since, until = (organiser.get(f"{LIST}?{name}={day}") for name in ("du", "au"))

    assert ("1 contribution pour ces filtres" in since.text) is (day == "0001-01-01")
    assert ("1 contribution pour ces filtres" in until.text) is (day == "9999-12-31")
