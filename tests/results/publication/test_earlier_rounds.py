"""Published figures stay where they are when those of a later round are published."""

import re
from datetime import timedelta

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.results.models import Snapshot
from consultation.results.publication import snapshot_store
from consultation.work.services import Work
from tests.factories import make_round
from tests.pages import main_text, straight
from tests.results.publishing_builders import answer_many, publish, publisher
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings

STANCE = ("T7.1", "stance")
JUDGES = {"capacity": "justice"}
PAGE = "/resultats/T7"
FIRST, SECOND = f"{PAGE}?tour=tour-1", f"{PAGE}?tour=tour-2"
PAST = "Ces chiffres sont ceux d'un tour passé."


@pytest.fixture
def first(session, opened, measure):
    """Twenty responses of a first round."""
    answer_many(session, opened, "T7", (20, {STANCE: "keep"}, JUDGES))
    return publish(session, opened, measure.id)


@pytest.fixture
def second(session, first, measure):
    """Eight of a second."""
    later = make_round(session, now() - timedelta(days=1), code="tour-2")
    later.title = {"fr": "Bilan à mi-parcours"}
    session.commit()
    answer_many(session, later, "T7", (8, {STANCE: "drop"}, JUDGES))
    return publish(session, later, measure.id)


def test_what_stands_of_a_round_is_its_own_and_the_last(session, opened, measure, first, second):
    again = publish(session, opened, measure.id)

    assert snapshot_store.current_by_measure(session, opened.id).keys() == {measure.id}
    assert snapshot_store.current_by_measure(session, opened.id)[measure.id].id == again.id
    assert snapshot_store.current(session, opened.id, measure.id).id == again.id
    assert snapshot_store.current_by_measure(session, second.round_id)[measure.id].id == second.id


def test_each_round_has_its_page_and_the_bare_address_is_that_of_the_latest(client, second):
    latest, named, past = (main_text(client.get(it)) for it in (PAGE, SECOND, FIRST))

    assert latest == named
    assert "S'en passer 8" in latest
    assert "Le garder 20" in past
    assert PAST in past
    assert PAST not in latest


def test_each_page_leads_to_the_others(client, second):
    latest, past = client.get(PAGE).text, straight(client.get(FIRST).text)

    assert f'<a href="{FIRST}">Première consultation</a>' in latest
    assert f'<a href="{SECOND}">Bilan à mi-parcours</a>' in past
    assert f'<a href="{PAGE}">Lire les derniers</a>' in past


def test_page_has_one_address_for_those_who_share_it(client, second):
    shared = re.compile(r'og:url" content="https://consultation.example([^"]+)"')

    assert [shared.search(client.get(it).text)[1] for it in (PAGE, SECOND, FIRST)] == [
        PAGE, PAGE, FIRST,
    ]  # fmt: skip


@pytest.mark.parametrize("address", [PAGE, FIRST, SECOND])
def test_files_of_a_page_are_of_its_round_whatever_is_published_later(client, second, address):
    page = client.get(address).text
    code = "tour-1" if address == FIRST else "tour-2"

    files = re.findall(rf'href="({PAGE}[^"]*(?:json|csv)[^"]*)"', page)

    assert len(files) > 4
    assert all(file.endswith(f"?tour={code}") for file in files)


def test_files_and_quotations_are_found_by_round(client, second):
    past, latest = (client.get(f"{PAGE}.json{it}").json for it in ("?tour=tour-1", ""))

    assert (past["responses"], latest["responses"]) == (20, 8)
    csv = client.get(f"{PAGE}/T7.1.stance.csv?tour=tour-1").data.decode("utf-8-sig")
    assert csv.splitlines()[1].split(";")[6] == "20"
    assert client.get(f"{PAGE}/T7.1.stance.json?tour=tour-1").json["round"]["code"] == "tour-1"
    assert f'href="{FIRST}"' in client.get(f"{PAGE}/citations?tour=tour-1").text


@pytest.mark.every_case
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.json", f"{PAGE}/citations", "/resultats/outil"])
def test_round_without_publication_is_not_found(client, second, path):
    assert client.get(f"{path}?tour=tour-3").status_code == 404


def test_withdrawn_round_is_neither_found_nor_told(client, session, first, second):
    with writing(session()):
        found = session.get(Snapshot, first.id)
        snapshot_store.withdraw(Work(session(), publisher(session), now()), found)

    assert client.get(FIRST).status_code == 404
    assert "Les autres tours" not in client.get(PAGE).text


def test_single_round_is_told_without_others(client, first):
    page = main_text(client.get(PAGE))

    assert "Les autres tours" not in page
    assert PAST not in page


def test_list_of_files_names_the_rounds_before(client, first, second):
    (told,) = client.get("/resultats.json").json["results"]
    (before,) = told["earlier"]

    assert (told["responses"], before["responses"]) == (8, 20)
    assert before["round"] == first.public["round"]
    assert before["links"]["json"].endswith(f"{PAGE}.json?tour=tour-1")
