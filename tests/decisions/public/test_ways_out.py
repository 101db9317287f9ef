"""Words of a text on which a decision rests: on every public way out, and gone from all at once."""

import json
import re

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation.models import ModeratedText, Verdict
from consultation.responses.models import Answer, Response
from consultation.responses.rights import erasure, withdrawal
from consultation.responses.rights.erasure import Wish
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
)
from tests.moderation.builders import Colleague, make_actor, range_of

RARE = "zibeline"
TEXT = f"Comptez les places de la {RARE} ouvertes toute l'année."
REASON = "Plusieurs contributions demandent de compter les places ouvertes."
PAGES = (
    "/decisions", "/decisions?par=mesure", "/decisions?mesure=T7", "/mesures/T7/indicateurs/T7.1",
)  # fmt: skip
FILES = ("/decisions.json", "/decisions.csv")
FEED = "/decisions.atom"
WAYS_OUT = tuple(locale + path for path in (*PAGES, *FILES) for locale in ("", "/en"))


@pytest.fixture
def settings(settings):
    return settings | {"SMALL_CELL": 2}


@pytest.fixture
def rested_on(session, opened, organiser):
    """The answers on which a published decision rests, the one with the rare word first."""
    answers = [
        make_published_text(session, opened, text)
        for text in (TEXT, "Comptez aussi les refus.", "Et les nuits d'hôtel.", "Et les lits.")
    ]
    decision = make_decision(
        session, organiser, indicator_subject(session), answer_ids=answers, reason={"fr": REASON}
    )
    make_edition(session, organiser, decision)
    return answers


def respondent_of(session, answer_id):
    response = session.get_one(Response, session.get_one(Answer, answer_id).response_id)
    return response.respondent_id, response.public_id


def withdraw(session, answer_id, home):
    respondent_id, public_id = respondent_of(session, answer_id)
    with writing(session):
        withdrawal.withdraw(session, respondent_id, public_id, now())


def withhold(session, answer_id, home):
    text = session.get_one(ModeratedText, answer_id)
    Colleague(session, make_actor(session, "relecture")).decide(text, Verdict.WITHHOLD)


def mask(session, answer_id, home):
    text = session.get_one(ModeratedText, answer_id)
    Colleague(session, make_actor(session, "relecture")).mask(text, range_of(TEXT, RARE))


def erase(session, answer_id, home):
    respondent_id, _public_id = respondent_of(session, answer_id)
    with writing(session):
        erasure.erase(session, respondent_id, Wish(texts=True), now(), home=home)


def counted(client):
    """From how many to below how many contributions each way out says that it rests on."""
    (decision,) = json.loads(client.get("/decisions.json").text)["decisions"]
    texts = [client.get(path).text for path in (*PAGES, "/decisions.csv")]
    plain = [text.replace("\u00a0", " ") for text in texts]
    ranges = [it for text in plain for it in re.findall(r"(\d+) à (\d+) contributions", text)]
    stated = decision["contributions"]
    said = {(int(low), int(high) + 1) for low, high in ranges}
    return said | {(stated["at_least"], stated["below"])}


def test_text_is_quoted_on_every_way_out(client, rested_on):
    assert [path for path in WAYS_OUT if RARE not in client.get(path).text] == []
    assert counted(client) == {(4, 8)}


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("way", "count"), [(withdraw, (2, 8)), (withhold, (2, 8)), (erase, (2, 8)), (mask, (4, 8))]
)
def test_text_is_gone_from_every_way_out_at_once_and_the_decision_stays(
    client, session, rested_on, tmp_path, way, count
):
    tags = {path: client.get(path).headers["ETag"] for path in WAYS_OUT}

    way(session, rested_on[0], tmp_path)

    for path in WAYS_OUT:
        # As a browser asks that has the page already.
        answer = client.get(path, headers={"If-None-Match": tags[path]})
        assert answer.status_code == 200, path
        assert RARE not in answer.text, path
        assert REASON in answer.text.replace("\u2019", "'"), path
    assert counted(client) == {count}


def test_masked_text_stays_without_the_passage(client, session, rested_on, tmp_path):
    mask(session, rested_on[0], tmp_path)

    hidden = [path for path in WAYS_OUT if "███" in client.get(path).text]
    assert hidden == list(WAYS_OUT)


def test_feed_carries_the_decision_and_never_a_text(client, session, rested_on, tmp_path):
    before = client.get(FEED)
    assert REASON in before.text
    assert RARE not in before.text

    withdraw(session, rested_on[0], tmp_path)

    assert client.get(FEED, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304


def test_text_of_an_author_who_does_not_agree_to_be_quoted_counts_and_is_on_no_way_out(
    client, session, opened, organiser
):
    answers = [
        make_published_text(session, opened, text, consent_anonymous=False)
        for text in (TEXT, "Comptez aussi les refus.")
    ]
    decision = make_decision(session, organiser, indicator_subject(session), answer_ids=answers)
    make_edition(session, organiser, decision)

    assert [path for path in WAYS_OUT if RARE in client.get(path).text] == []
    assert counted(client) == {(2, 4)}


@pytest.mark.parametrize("way", [withdraw, withhold, erase])
def test_last_text_of_a_decision_leaves_no_count_below_the_threshold(
    client, session, opened, organiser, tmp_path, way
):
    answers = [make_published_text(session, opened, text) for text in (TEXT, "Les refus.")]
    decision = make_decision(session, organiser, indicator_subject(session), answer_ids=answers)
    make_edition(session, organiser, decision)
    way(session, answers[0], tmp_path)

    assert counted(client) == {(1, 4)}
    assert "moins de 4 contributions" in client.get(PAGES[0]).text
