"""What other sites, search engines and calendars read of the public pages."""

import re
from datetime import timedelta

import pytest

from consultation.calendar import FOLDED_AT, closing_event
from consultation.clock import now
from consultation.db.base import writing
from consultation.files import resource
from consultation.token_addresses import TOKEN_PATHS
from consultation.web.headers import STAFF_PATHS
from tests.factories import make_measure, make_round

PAGES = (
    "/", "/mesures", "/mesures/T7", "/mesures/T7/contribuer",
    "/en/", "/en/mesures", "/en/mesures/T7", "/en/mesures/T7/contribuer",
)  # fmt: skip


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=1)
    opened = make_round(session)
    session.commit()
    return opened


def meta(page, name):
    return re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)"', page)[1]


@pytest.mark.parametrize("address", PAGES)
def test_page_has_a_card_with_its_own_full_address(app, client, opened, address):
    page, base = client.get(address).text, app.config["BASE_URL"]

    assert f'<link rel="canonical" href="{base}{address}">' in page
    assert meta(page, "og:url") == base + address
    picture = "share-en.png" if address.startswith("/en") else "share.png"
    assert meta(page, "og:image").startswith(f"{base}/static/{picture}")
    assert meta(page, "description") == meta(page, "og:description") != ""
    assert meta(page, "og:locale") == ("en_GB" if address.startswith("/en") else "fr_FR")
    assert 'rel="apple-touch-icon"' in page


@pytest.mark.parametrize(("address", "name"), [("/", "share.png"), ("/en/", "share-en.png")])
def test_pictures_are_small_and_of_the_size_that_the_pages_say(client, opened, address, name):
    page = client.get(address).text
    picture = (resource("static") / name).read_bytes()

    assert len(picture) <= 60_000
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (
        int(meta(page, "og:image:width")), int(meta(page, "og:image:height")),
    )  # fmt: skip


def test_robots_are_kept_out_of_what_is_the_team_s_or_one_person_s(client):
    lines = client.get("/robots.txt").text.splitlines()

    assert {f"Disallow: {path}" for path in STAFF_PATHS} < set(lines)
    assert {f"Disallow: {path}/" for path in TOKEN_PATHS} < set(lines)
    assert not any(line in ("Disallow: /", "Disallow: /mesures") for line in lines)


def test_closing_is_an_event_of_a_calendar(client, opened):
    answer = client.get("/calendrier.ics")

    assert answer.mimetype == "text/calendar"
    lines = answer.data.replace(b"\r\n ", b"").decode().split("\r\n")
    assert f"DTEND:{opened.closes_at:%Y%m%dT%H%M%SZ}" in lines
    assert any(line.startswith("SUMMARY:Dernière heure pour répondre") for line in lines)
    assert "/calendrier.ics" in client.get("/").text


def test_past_round_has_no_event(client, session, opened):
    with writing(session()):
        opened.closes_at = now() - timedelta(minutes=1)

    assert client.get("/calendrier.ics").status_code == 404


def test_lines_of_a_calendar_are_folded_between_characters_and_escaped():
    made = closing_event(
        uid="a", title="é, " * 60, address="https://exemple.fr/", closes_at=now(), at=now()
    )

    assert all(len(line) <= FOLDED_AT + 1 for line in made.split(b"\r\n"))
    assert "é\\, é\\, " * 20 in made.replace(b"\r\n ", b"").decode()
