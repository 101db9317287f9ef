"""Staff list of the responses received."""

import pytest

from consultation.accounts.models import Role
from consultation.responses.staff.queries import TOOL
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure

LIST = "/organisation/contributions/"


@pytest.fixture
def organiser(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


@pytest.mark.every_case
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_first_and_last_days_of_the_calendar_are_days_like_any_other(organiser, client, form, day):
    client.post(form.path, data=form.data())

    since, until = (organiser.get(f"{LIST}?{name}={day}") for name in ("du", "au"))

    assert ("1 contribution pour ces filtres" in since.text) is (day == "0001-01-01")
    assert ("1 contribution pour ces filtres" in until.text) is (day == "9999-12-31")


def test_list_holds_the_responses_to_the_chosen_measure(organiser, client, session, form):
    make_measure(session, "T8")
    client.post(form.path, data=form.data())

    listed = {code: organiser.get(f"{LIST}?mesure={code}").text for code in ("T7", "T8", TOOL)}

    counted = {code: "1 contribution pour ces filtres" in text for code, text in listed.items()}
    assert counted == {"T7": True, "T8": False, TOOL: False}
