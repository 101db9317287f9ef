"""Lists of the team, each of which leads by the code of an indicator to all that is of it."""

import re
from dataclasses import replace
from datetime import date

import pytest

from consultation.accounts.models import Role
from consultation.plan.measurement.values import Figure
from tests.decisions.builders import indicator_subject, make_decision, make_edition, make_organiser
from tests.factories import make_indicator, make_round
from tests.institutions.data_requests.builders import make_draft, make_request
from tests.pages import check_page
from tests.plan.forms import form_in
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import MEASURED, make_measured_indicator, make_value

LISTS = {
    "/organisation/bilan/chiffres": "T7.1",
    "/organisation/demandes": "T7.1",
    "/organisation/editions": "T7.2",
    "/organisation/editions/1": "T7.1",
    "/organisation/plan/indicateurs": "T7.2",
    "/organisation/plan/mesures/T7": "T7.1",
    "/organisation/plan/valeurs-chiffrees": "T7.2",
    "/organisation/preciser": "T8.1",
    "/organisation/reste-a-faire": "T8.1",
    "/organisation/valeurs": "T8.1",
    "/organisation/valeurs-a-publier": "T7.1",
}
TO_PUBLISH = "/organisation/valeurs-a-publier"


@pytest.fixture
def staff(app, session):
    """A member of the team, and an indicator in each list."""
    actor = make_organiser(session)
    indicator = make_measured_indicator(session, "T7")
    written = make_indicator(session, indicator.measure, "T7.2", 2)
    written.versions[-1].baseline = {"fr": "12 (2024)"}
    make_measured_indicator(session, "T8", replace(MEASURED, final=Figure(3.0, "2025")))
    make_round(session)
    session.commit()
    make_value(session, actor, indicator, point=None, day=date(2025, 12, 31))
    make_request(session, actor, make_draft(session, "T7.1"))
    make_edition(session, actor, make_decision(session, actor, indicator_subject(session)))
    make_decision(session, actor, indicator_subject(session, "T7.2"))
    return signed_in(app, session, "lou@exemple.fr", Role.ORGANISER)


def links_to(page, code):
    return re.search(rf'href="/organisation/indicateurs/{code}["?]', page) is not None


@pytest.mark.parametrize(("address", "code"), LISTS.items())
def test_list_leads_to_the_indicator_by_its_code(staff, address, code):
    page = text_of(staff.get(address))

    check_page(page)
    assert links_to(page, code)


def test_values_that_are_read_again_lead_to_the_indicator(staff):
    form = form_in(staff.get(TO_PUBLISH), f"{TO_PUBLISH}/verifier")

    page = text_of(staff.post(f"{TO_PUBLISH}/verifier", form | {"toutes": "y"}))

    assert links_to(page, "T7.1")
