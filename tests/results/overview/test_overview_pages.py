"""The page of the overview: words, drawings, filters and order in its address."""

import re

import pytest
from sqlalchemy import event

from consultation.accounts.models import Role
from consultation.results.tallies import maintain
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import plain
from tests.pages import straight
from tests.results.indicators.test_summary import rated
from tests.results.publishing_builders import signed_in

PAGE = "/organisation/vue-d-ensemble"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, Role.ORGANISER)


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    rated(session, opened, "T7.1", [8] * 6 + [7, 7, 9])
    rated(session, opened, "T8.1", [9] * 9, capacity="police")
    rated(session, opened, "T8.1", [1] * 9, capacity="justice")
    for stance in ("keep", "keep", "amend", "drop"):
        respond(session, opened, "T7", {("T7.1", "stance"): stance})
    session.commit()
    maintain.refresh(session)
    return opened


def row_of(page, code):
    rows = re.findall(r"<tr.*?</tr>", page.get_data(as_text=True), re.DOTALL)
    return next(row for row in rows if f"<b>{code}</b>" in row)


def text_in(html):
    text = straight(re.sub(r"<[^>]+>", " ", html))
    return " ".join(text.replace("’", "'").split())


def order_of(page):
    return re.findall(r"<b>(T\d\.\d)</b>", page.get_data(as_text=True))


def test_row_says_in_words_what_it_draws(opened, organiser):
    row = row_of(organiser.get(PAGE), "T7.1")

    assert "Jugé pertinent" in text_in(row)
    assert "À garder pour 50 % des 4 avis" in text_in(row)
    assert "garder 2, reformuler ou remplacer 1, s'en passer 1" in text_in(row)
    assert "8 , la moitié de 8 à 8" in text_in(row)
    assert '<rect class="kept" x="25.0%" width="25.0%"' in row
    assert '<rect class="dropped" x="62.5%" width="12.5%"' in row
    assert f'cx="{3 + 94 * 7 / 8:.1f}%"' in row


def test_disagreement_is_told_by_words_and_a_sign(opened, organiser):
    row = row_of(organiser.get(PAGE), "T8.1")

    assert 'class="is-disputed"' in row
    assert "≠ Avis opposés : « Police ou gendarmerie » plutôt pour, « Justice »" in text_in(row)


def test_indicator_links_to_its_detail(opened, organiser):
    row = row_of(organiser.get(PAGE), "T8.1")

    address = re.search(r'href="([^"]+)"', row)[1].replace("&amp;", "&")
    assert "T8.1" in plain(organiser.get(address))
    assert "T7.1" not in plain(organiser.get(address))


def test_totals_of_an_axis_lead_to_its_indicators(opened, organiser):
    page = organiser.get(PAGE).get_data(as_text=True)

    address = re.search(r'disputed"[^>]*>\s*<a href="([^"#]+)', page)[1].replace("&amp;", "&")
    assert order_of(organiser.get(address)) == ["T8.1"]


def test_address_filters_and_sorts(opened, organiser):
    assert order_of(organiser.get(PAGE)) == ["T7.1", "T7.2", "T8.1", "T8.2"]
    assert order_of(organiser.get(f"{PAGE}?tri=verdict"))[:2] == ["T8.1", "T7.1"]
    assert order_of(organiser.get(f"{PAGE}?verdict=retenu")) == ["T7.1"]
    assert order_of(organiser.get(f"{PAGE}?q=t8")) == ["T8.1", "T8.2"]


def test_heading_sorts_the_other_way_round_when_it_sorts_already(opened, organiser):
    page = organiser.get(f"{PAGE}?tri=voix&q=t").get_data(as_text=True)

    heading = re.search(r'<th[^>]*aria-sort="descending"[^>]*><a href="([^"#]+)', page)[1]
    assert order_of(organiser.get(heading.replace("&amp;", "&")))[0] == "T7.2"


def test_what_finds_nothing_says_so_and_leads_back(opened, organiser):
    page = plain(organiser.get(f"{PAGE}?q=introuvable"))

    assert "Aucun indicateur pour ces filtres" in page
    assert "0 indicateur sur 4" in page


def test_before_a_round_the_page_says_what_to_do(organiser):
    assert "Aucun tour de consultation" in plain(organiser.get(PAGE))


def test_before_its_forms_are_published_a_round_has_no_row(session, organiser):
    make_round(session)
    session.commit()

    assert "Aucun formulaire publié" in plain(organiser.get(PAGE))


def test_page_takes_at_most_eighteen_queries(session, opened, organiser):
    empty = make_round(session, code="tour-2")
    session.commit()
    organiser.get(PAGE)  # the sighting of the session is stored once a minute
    statements = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )

    def count_queries(code):
        statements.clear()
        assert organiser.get(f"{PAGE}?tour={code}").status_code == 200
        return len([it for it in statements if it.startswith("SELECT")])

    assert count_queries(empty.code) <= 18
    assert count_queries(opened.code) <= 18  # of which one names the capacities that disagree
