"""Lists of a round's indicators, of which one row of tabs leads from each to the others."""

import re
from html import escape

import pytest

from consultation.accounts.models import Role
from consultation.accounts.roles import GRANTS
from consultation.clock import now
from consultation.questionnaires.publication import publish
from consultation.results.tallies import maintain
from consultation.web.permissions import Permission
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
)
from tests.exports.builders import respond
from tests.factories import make_axis, make_indicator
from tests.pages import tabs_of
from tests.plan.forms import form_in
from tests.results.indicators.test_summary import rated

OVERVIEW = "/organisation/vue-d-ensemble"
BOARD = "/organisation/preciser"


@pytest.fixture
def staff(app, session, opened):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("camille@exemple.fr")
    return staff


@pytest.fixture
def voted(session, opened):
    """T4.1 is kept by its notes; T7.1 has a proposal beside it."""
    rated(session, opened, "T4.1", [8] * 9)
    make_published_text(session, opened, "Le délai d'accueil", code="missing_indicator")
    session.commit()
    maintain.refresh(session)
    return opened


def counts_of(page):
    return {label: tab.count for label, tab in tabs_of(page).items()}


def current_of(page):
    return [label for label, tab in tabs_of(page).items() if tab.is_current]


def rows_of(page):
    """The code of each row: of the indicator, or of the measure in which one is missing."""
    body = re.search(r'<table class="overview-table( decisions)?" .*?</table>', page.text, re.S)
    return re.findall(r"<b>(T\d[.\d]*)</b>", body[0]) if body else []


def test_each_tab_leads_to_as_many_rows_as_it_counts(session, staff, voted, organiser):
    make_edition(session, organiser, make_decision(session, organiser, indicator_subject(session)))
    make_decision(session, organiser, indicator_subject(session, "T7.2"))

    first = staff.get(OVERVIEW)

    assert current_of(first) == ["Tous les indicateurs"]
    assert counts_of(first) == {
        "Tous les indicateurs": 3, "À décider": 2, "En préparation": 0, "Décidés": 1, "Publiés": 1,
    }  # fmt: skip
    for label, tab in tabs_of(first).items():
        page = staff.get(tab.address)
        assert len(rows_of(page)) == tab.count
        assert current_of(page) == [label]
        assert counts_of(page) == counts_of(first)


def test_what_is_missing_in_a_measure_is_among_the_decisions_only(staff, voted):
    assert rows_of(staff.get(BOARD)) == ["T4.1", "T7.1", "T7.2", "T7"]
    assert rows_of(staff.get(OVERVIEW)) == ["T4.1", "T7.1", "T7.2"]


@pytest.mark.parametrize(
    ("chosen", "every", "undecided"),
    [
        ("verdict=retenu", ["T4.1"], ["T4.1"]),
        ("theme=sante", ["T7.1", "T7.2"], ["T7.1", "T7.2", "T7"]),
        ("q=hebergement", ["T7.1", "T7.2"], ["T7.1", "T7.2", "T7"]),
        ("axe=T", ["T7.1", "T7.2"], ["T7.1", "T7.2", "T7"]),
        ("verdict=retenu&q=hebergement", [], []),
    ],
)
def test_filters_are_kept_from_tab_to_tab(session, staff, voted, chosen, every, undecided):
    indicator_subject(session).measure.tags = {"fr": "Santé"}
    indicator_subject(session, "T4.1").measure.axis = make_axis(session, "S")
    session.commit()
    first = staff.get(f"{OVERVIEW}?tour=tour-1&{chosen}")

    board = staff.get(tabs_of(first)["À décider"].address)
    back = tabs_of(board)["Tous les indicateurs"]

    assert (rows_of(first), rows_of(board)) == (every, undecided)
    assert back.address == f"{OVERVIEW}?tour=tour-1&{chosen}#indicateurs"
    assert counts_of(first) == counts_of(board)
    assert (back.count, tabs_of(first)["À décider"].count) == (len(every), len(undecided))


def test_order_is_kept_where_both_lists_have_it(staff, voted):
    def address(page, label):
        return tabs_of(staff.get(page))[label].address

    assert address(f"{OVERVIEW}?tri=verdict&sens=inverse", "Publiés") == (
        f"{BOARD}?tour=tour-1&etat=publie&tri=verdict&sens=inverse"
    )
    assert address(f"{OVERVIEW}?tri=garder&sens=inverse", "Publiés") == (
        f"{BOARD}?tour=tour-1&etat=publie"
    )
    assert (
        address(f"{BOARD}?etat=publie&tri=plan", "Tous les indicateurs")
        == f"{OVERVIEW}?tour=tour-1#indicateurs"
    )


def test_board_is_sorted_by_its_heads_and_says_its_own_order_only(session, staff, voted):
    indicator_subject(session, "T4.1").measure.position = 3
    respond(session, voted, "T7", {("T7.2", "stance"): "amend"})
    respond(session, voted, "T7", {("T7.2", "stance"): "drop"})
    session.commit()
    maintain.refresh(session)

    def sorted_by(order):
        page = staff.get(f"{BOARD}?etat=a-decider&tri={order}")
        assert ("D’abord les indicateurs" in page.text) == (order == "contestes")
        return rows_of(page)

    assert sorted_by("contestes")[0] == "T7.2"
    assert sorted_by("contestes")[-1] == "T7"
    assert sorted_by("plan") == ["T7.1", "T7.2", "T7", "T4.1"]
    assert sorted_by("verdict")[0] == "T4.1"
    assert sorted_by("voix")[:2] == ["T4.1", "T7.2"]
    head = re.search(r'aria-sort="\w+"[^>]*><a href="([^"]*)"', staff.get(BOARD).text)[1]
    assert "sens=inverse" in head


def test_page_of_the_list_comes_back_from_a_decision(session, staff, opened):
    measure = indicator_subject(session).measure
    for number in range(3, 31):
        make_indicator(session, measure, f"T7.{number}", number)
    publish.publish(session, opened, now())
    session.commit()
    second = f"{BOARD}?tour=tour-1&etat=a-decider&axe=T&q=places&tri=plan&page=2"
    kept = second.removeprefix(BOARD)
    codes = rows_of(staff.get(second))

    first_of_page = staff.get(f"{BOARD}/indicateurs/{codes[0]}{kept}")
    last_of_the_other = staff.get(f"{BOARD}/indicateurs/T7.24{kept}")
    saved = f"{BOARD}/indicateurs/{codes[1]}{kept}"
    staff.post(saved, form_in(staff.get(saved), saved) | {"geste": "garder"})

    assert codes == ["T7.25", "T7.26", "T7.27", "T7.28", "T7.29", "T7.30"]
    assert f'href="{escape(second)}"' in first_of_page.text
    assert f'href="{escape(second.removesuffix("&page=2"))}"' in last_of_the_other.text
    assert f'href="{escape(second)}"' in staff.get(saved).text, "it has left the list"


def test_who_may_not_decide_sees_no_tab_of_decisions(app, session, staff, voted, monkeypatch):
    reading = GRANTS[Role.ORGANISER] - {Permission.DECIDE}
    monkeypatch.setitem(GRANTS, Role.ORGANISER, reading)

    page = staff.get(OVERVIEW)

    assert rows_of(page) == ["T4.1", "T7.1", "T7.2"]
    assert tabs_of(page) == {}
    assert BOARD not in page.text
