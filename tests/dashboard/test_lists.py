"""Lists of the team that are read from their address, of which three are of the indicators."""

import ast

import pytest
from flask import url_for

from consultation.accounts.models import Role
from tests.factories import make_round
from tests.pages import tabs_of
from tests.plan.pages import signed_in
from tests.plan.values.builders import make_measured_indicator
from tests.test_architecture import modules, package_of, tree_of

OF_INDICATORS = {
    "plan": {"plan_indicator_list.listing"},
    "overview": {"overview.board_page", "decisions.board_page"},
    "values": {"values.board", "backlog.page", "value_publication.page"},
}
"""The pages of each list, by their endpoints: one row of tabs leads from each to the others."""
OF_OTHER_ROWS = {
    "data_requests.board": "letters",
    "indicator_summaries.missing": "measures",
    "overview.comparison_page": "an indicator in one round and in another",
    "readings.listing": "pages of the site",
    "recordings.listing": "texts read aloud",
    "replies.board": "letters",
    "staff_reports.citable": "figures",
    "translators.listing": "texts",
}


def listed_endpoints():
    """The endpoint of each list in the code, which is the first argument of `Listing`."""
    return {
        ast.unparse(argument).strip("f'").replace("{blueprint.name}", package_of(path))
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Listing"
        for argument in node.args[:1]
    }


def test_every_list_is_named_and_three_are_of_indicators():
    of_indicators = [endpoint for pages in OF_INDICATORS.values() for endpoint in pages]

    assert listed_endpoints() == {*of_indicators, *OF_OTHER_ROWS}
    assert len(OF_INDICATORS) == 3


@pytest.fixture
def staff(app, session):
    make_measured_indicator(session)
    make_round(session)
    session.commit()
    return signed_in(app, session, "lou@exemple.fr", Role.ORGANISER)


@pytest.mark.parametrize("endpoints", OF_INDICATORS.values(), ids=OF_INDICATORS)
def test_tabs_of_a_list_lead_to_each_of_its_pages_and_to_no_other(app, staff, endpoints):
    with app.test_request_context():
        addresses = {url_for(endpoint) for endpoint in endpoints}

    for address in addresses:
        tabs = tabs_of(staff.get(address))
        assert {tab.address.partition("?")[0].partition("#")[0] for tab in tabs.values()} == (
            addresses
        )
        assert sum(tab.is_current for tab in tabs.values()) == 1
