"""Pages of a report hold all of it: every figure once, at most so many kilobytes."""

import itertools
import json
import re
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from consultation import turns
from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.plan.values.models import ValuePoint
from consultation.reports import editions
from consultation.reports.comparison import Change, Changes
from consultation.reports.figures import OPINION
from consultation.reports.models import ReportEdition
from consultation.reports.pages import parts
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_report
from tests.reports.pages.builders import measure, progress

MOST_BYTES = 120_000
CITED = re.compile(r'href="/bilan/1/chiffres/([^"]+)"')


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def demonstration(session, is_long):
    """The report of a demonstration, of sixty measures in the long way."""
    with writing(session()):
        fill.fill(session(), measures=60 if is_long else 8, responses=8, at=now())
    edition = editions.published_edition(session())
    return edition.content, edition.content_hash


def addresses(content):
    """The pages of a report: its cover, then its axes, then its measures."""
    axes = [f"/bilan/1/axes/{it['code']}" for it in content["axes"]]
    return (
        "/bilan/1",
        axes,
        [f"/bilan/1/mesures/{it['code']}" for _, it in parts.measures_of(content)],
    )


@pytest.mark.timeout(300)
def test_pages_of_measures_hold_every_figure_once(client, demonstration):
    content, _hash = demonstration
    cover, axes, measures = addresses(content)

    pages = {it: client.get(it) for it in (cover, *axes, *measures)}

    assert {it.status_code for it in pages.values()} == {200}
    led_to = [unquote(id) for it in measures for id in CITED.findall(pages[it].text)]
    assert sorted(led_to) == sorted(
        id for id, it in content["figures"].items() if it["kind"] != OPINION
    )
    assert {it: len(page.data) for it, page in pages.items() if len(page.data) > MOST_BYTES} == {}


def test_pages_lead_from_the_cover_to_the_last_measure_and_back(client, demonstration):
    content, _hash = demonstration
    cover, axes, measures = addresses(content)

    assert all(f'href="{it}"' in client.get(cover).text for it in axes)
    for before, after in itertools.pairwise(measures):
        assert f'href="{after}"' in client.get(before).text
        assert f'href="{before}"' in client.get(after).text
    assert f'href="{cover}"' in client.get(measures[-1]).text


def test_edition_that_is_published_keeps_its_hash_and_its_figures(client, session, demonstration):
    content, hash = demonstration
    for page in (*addresses(content)[1], *addresses(content)[2]):
        client.get(page)

    stored = session.scalars(sa.select(ReportEdition).where(ReportEdition.number == 1)).one()

    assert stored.is_intact
    assert client.get("/bilan/1.json").json["hash"] == hash
    assert json.dumps(client.get("/bilan/1.json").json["content"]) == json.dumps(content)


@pytest.mark.parametrize("place", ["axes/T9", "mesures/T9", "axes/T7", "mesures/T", "axes/t’7"])
def test_axis_or_measure_that_a_report_has_not_is_not_found(client, session, place):
    make_measured_indicator(session)
    make_report(session, make_organiser(session))

    assert client.get(f"/bilan/1/{place}").status_code == 404
    assert client.get(f"/bilan/2/{place}").status_code == 404


def test_figures_that_changed_are_counted_on_the_cover_and_named_with_their_measure(
    client, session
):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_report(session, organiser)
    make_public_value(session, organiser, indicator, 150.0, point=ValuePoint.MIDTERM)
    make_report(session, organiser)

    cover, page = (
        client.get(it).text.replace("\xa0", " ") for it in ("/bilan/2", "/bilan/2/mesures/T7")
    )

    assert "Depuis le bilan n° 1, 1 indicateur a bougé." in cover
    assert 'href="/bilan/2/mesures/T7">T7</a>' in cover
    assert "Ce qui a changé depuis le bilan n° 1" in page
    assert "Ce qui a changé" not in client.get("/bilan/1/mesures/T7").text


def test_cover_gives_the_size_of_a_file_that_was_made(app, client, session):
    make_measured_indicator(session)
    make_report(session, make_organiser(session))
    sized = r"\d pages?, {} ko"
    before = client.get("/bilan/1").text.replace("\xa0", " ")
    made = client.get("/bilan/1/bilan.pdf").data
    assert made.startswith(b"%PDF")

    page = client.get("/bilan/1").text.replace("\xa0", " ")

    assert not re.search(sized.format(r"\d+"), before)
    assert re.search(sized.format(round(len(made) / 1000)), page)
    assert re.search(r'donnees\.zip" download>[^<]+</a>\s*<span class="hint">\d+ ko', before)


def test_cover_waits_for_no_document_that_is_being_made(client, session, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.01)
    make_measured_indicator(session)
    make_report(session, make_organiser(session))

    with turns.turn():
        cover = client.get("/bilan/1")

    assert cover.status_code == 200


def test_changes_of_a_measure_that_is_gone_are_counted_apart():
    changes = Changes(1, [Change(progress(it, None), "", "a", "b") for it in ("A.1", "A.1", "B.1")])

    made = parts.by_measure(changes, [measure("A", "A.1")])

    assert (made.counts, made.gone, made.total) == ({"A": 2}, 1, 3)
