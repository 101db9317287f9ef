"""Votes belong to their wording: an edition amid a round puts no new text over old votes."""

from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.i18n import localized
from consultation.plan import queries
from consultation.results.models import Snapshot
from consultation.results.overview import comparison
from consultation.results.publication import snapshot_store
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.exports.builders import respond
from tests.exports.reading import make, records_of
from tests.factories import make_round
from tests.pages import main_text
from tests.results.overview.test_board import ORGANISER
from tests.results.publishing_builders import answer_many, publish, signed_in
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings

STANCE, RELEVANCE = ("T7.1", "stance"), ("T7.1", "relevance")
NEW = "Personnes formées dans l'année"
STAFF = (
    "/organisation/vue-d-ensemble",
    "/organisation/resultats/T7",
    "/organisation/resultats/T7/apercu",
    "/organisation/preciser?etat=publie",
)
INDICATOR = "/organisation/indicateurs/T7.1"


@pytest.fixture
def organiser(session, opened):
    return make_organiser(session)


@pytest.fixture
def old(session, opened):
    return localized(queries.stored_indicator(session, "T7.1").version.label, "fr")


@pytest.fixture
def reworded(session, opened, organiser, old):
    """An indicator with eleven votes, whose text an edition changes while the round is open."""
    answer_many(session, opened, "T7", (11, {STANCE: "keep", RELEVANCE: 8}, {}))
    decision = make_decision(session, organiser, indicator_subject(session), label=NEW)
    make_edition(session, organiser, decision)
    session.expire_all()
    maintain.refresh(session())
    return opened


def vote_anew(session, opened, count):
    answer_many(session, opened, "T7", (count, {STANCE: "drop", RELEVANCE: 2}, {}))
    maintain.refresh(session())


def pages_of(app, session):
    browser = signed_in(app, session, Role.ORGANISER)
    return {path: main_text(browser.get(path)) for path in (*STAFF, INDICATOR)}


def test_old_votes_stay_under_the_old_text_on_every_page_of_the_team(app, session, reworded, old):
    pages = pages_of(app, session)
    assert f"un autre texte que celui d'aujourd'hui : « {old} »" in pages.pop(INDICATOR)
    for path, text in pages.items():
        assert old in text, path
        assert NEW not in text.replace(f"« {NEW} »", ""), path


def test_page_of_a_decision_says_of_which_text_the_votes_are(app, session, reworded, old):
    browser = signed_in(app, session, Role.ORGANISER)

    page = main_text(browser.get("/organisation/preciser/indicateurs/T7.1"))

    assert f"Ces avis portent sur un autre texte que celui d'aujourd'hui : « {old} »" in page


def test_published_results_have_the_text_that_was_voted_on(client, session, reworded, old):
    publish(session, reworded)

    content = client.get("/resultats/T7.json").json
    page = main_text(client.get("/resultats/T7"))

    (indicator,) = content["indicators"]
    assert (indicator["label"]["fr"], indicator["other_labels"]) == (old, [])
    assert old in page
    assert NEW not in page


def test_results_published_under_a_text_that_nobody_voted_on_are_found(session, reworded):
    publish(session, reworded)
    assert snapshot_store.mislabelled(session()) == []

    with writing(session()):
        snapshot = session.query(Snapshot).filter(Snapshot.measure_id.is_not(None)).one()
        indicators = [it | {"label": {"fr": NEW}} for it in snapshot.public["indicators"]]
        snapshot.public = snapshot.public | {"indicators": indicators}

    assert snapshot_store.mislabelled(session()) == ["T7"]


def test_published_results_say_that_votes_are_on_two_texts(client, session, reworded, old):
    vote_anew(session, reworded, 20)
    publish(session, reworded)

    (indicator,) = client.get("/resultats/T7.json").json["indicators"]
    page = main_text(client.get("/resultats/T7"))

    assert indicator["label"]["fr"] == NEW
    assert [it["fr"] for it in indicator["other_labels"]] == [old]
    assert f"une partie des avis porte sur un autre texte. « {old} »" in page


def test_team_is_told_that_votes_are_on_two_texts(app, session, reworded):
    vote_anew(session, reworded, 1)

    pages = pages_of(app, session)

    for path in (STAFF[0], STAFF[3], INDICATOR):
        assert "ces avis portent sur 2 libellés" in pages[path], path


@pytest.mark.parametrize("new_votes", [0, 20])
def test_workbook_has_the_text_that_most_votes_are_on(session, reworded, old, tmp_path, new_votes):
    if new_votes:
        vote_anew(session, reworded, new_votes)

    (row,) = records_of(make(session, reworded, tmp_path).path, "Indicateurs")

    assert row["Libellé"] == (NEW if new_votes else old)


def test_rounds_on_two_texts_are_not_compared_though_the_code_is_the_same(session, reworded):
    reworded.closes_at = now() - timedelta(hours=1)
    reworded.opens_at = now() - timedelta(days=20)
    session.commit()
    second = make_round(session, code="tour-2", opens_at=now() - timedelta(minutes=30))
    respond(session, second, "T7", {STANCE: "keep"})
    session.commit()
    maintain.refresh(session())

    (pair,) = comparison.compare(Work(session(), ORGANISER), reworded.id, second.id)

    assert pair.breaks == [comparison.WORDING]
    assert pair.change is None


def test_round_on_two_texts_is_compared_with_none(session, reworded):
    vote_anew(session, reworded, 1)
    second = make_round(session, code="tour-2", opens_at=now() - timedelta(minutes=30))
    respond(session, second, "T7", {STANCE: "keep"})
    session.commit()
    maintain.refresh(session())

    (pair,) = comparison.compare(Work(session(), ORGANISER), reworded.id, second.id)

    assert pair.breaks == [comparison.SEVERAL]
