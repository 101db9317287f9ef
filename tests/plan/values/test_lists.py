"""Lists of indicators by their values, of which one row of tabs leads from each to the others."""

import re
from dataclasses import replace
from datetime import date

import pytest

from consultation.accounts.models import Role
from consultation.accounts.roles import GRANTS
from consultation.plan.measurement.values import Figure
from consultation.web.permissions import Permission
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure
from tests.moderation.builders import make_actor
from tests.pages import main_text, tabs_of
from tests.plan.values.builders import (
    MEASURED,
    make_measured_indicator,
    make_public_value,
    make_value,
)

BOARD = "/organisation/valeurs"
UNREQUESTED = "/organisation/reste-a-faire"
WAITING = "/organisation/valeurs-a-publier"
IS_OVER = replace(MEASURED, final=Figure(3.0, "2025"))


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def staff(app, session):
    """A member of the team; T7 waits, T8 is public, T9 is to be asked for, T10 has nothing."""
    actor = make_actor(session, "alix", Role.ORGANISER)
    waiting = make_measured_indicator(session, "T7")
    for day in (date(2025, 12, 31), date(2026, 1, 31)):
        make_value(session, actor, waiting, point=None, day=day)
    public = make_measured_indicator(session, "T8")
    make_public_value(session, actor, public, point=None, day=date(2025, 12, 31))
    make_measured_indicator(session, "T9", IS_OVER).measure.lead = "Une direction"
    make_measure(session, "T10", "Protection des mineurs", indicators=1)
    session.commit()
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("camille@exemple.fr")
    return staff


def rows_of(page):
    """The codes of the indicators of a list, each once."""
    body = page.text[page.text.index('class="bar-links tabs"') :]
    return list(dict.fromkeys(re.findall(r"<b>(T\d+\.\d)</b>", body)))


def test_each_tab_leads_to_as_many_indicators_as_it_counts(staff):
    first = staff.get(BOARD)

    assert {label: (tab.address, tab.count) for label, tab in tabs_of(first).items()} == {
        "Tous": (BOARD, 4),
        "Sans valeur": (f"{BOARD}?etat=sans-valeur", 2),
        "À demander": (UNREQUESTED, 1),
        "À publier": (WAITING, 1),
        "Publics": (f"{BOARD}?etat=publics", 1),
    }
    for label, tab in tabs_of(first).items():
        page = staff.get(tab.address)
        assert len(rows_of(page)) == tab.count
        assert [it for it, of in tabs_of(page).items() if of.is_current] == [label]
        assert {it: of.count for it, of in tabs_of(page).items()} == {
            it: of.count for it, of in tabs_of(first).items()
        }


@pytest.mark.parametrize("label", ["Tous", "Sans valeur", "À demander", "À publier", "Publics"])
def test_words_are_kept_from_tab_to_tab(staff, label):
    page = staff.get(tabs_of(staff.get(f"{BOARD}?q=T9"))[label].address)

    assert {it: of.count for it, of in tabs_of(page).items()} == {
        "Tous": 1, "Sans valeur": 1, "À demander": 1, "À publier": 0, "Publics": 0,
    }  # fmt: skip
    assert rows_of(page) == (["T9.1"] if tabs_of(page)[label].count else [])
    assert 'value="T9"' in page.text
    assert all("q=T9" in of.address for of in tabs_of(page).values())


def test_what_is_to_be_asked_for_is_searched(staff):
    assert "Une direction T9.1" in main_text(staff.get(f"{UNREQUESTED}?q=t9"))
    assert "Aucun indicateur pour ces mots" in staff.get(f"{UNREQUESTED}?q=rien").text


def test_former_tab_of_values_to_publish_leads_to_their_page(staff):
    moved = staff.get(f"{BOARD}?etat=a-publier&q=t7")

    assert (moved.status_code, moved.location) == (301, f"{WAITING}?q=t7")


def test_who_may_not_publish_sees_no_tab_of_it(staff, monkeypatch):
    reading = GRANTS[Role.ORGANISER] - {Permission.PUBLISH_VALUES}
    monkeypatch.setitem(GRANTS, Role.ORGANISER, reading)

    assert list(tabs_of(staff.get(BOARD))) == ["Tous", "Sans valeur", "À demander", "Publics"]
