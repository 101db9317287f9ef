"""Repeats: the same content under another key is asked about, without a word of the first."""

import html
import re
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.responses.models import Respondent, Response, Submission
from consultation.responses.submission import repeats
from tests.factories import form_data, instrument_of, key_for
from tests.jobs.builders import side_by_side
from tests.pages import straight
from tests.responses.conftest import hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import other_measure as other_measure

pytestmark = pytest.mark.database

TEXT = "Compter les nuits refusées, faute de places."
ASKS = "Avez-vous déjà envoyé ce texte"
ELSEWHERE = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}


def text_of(page):
    return straight(html.unescape(page.text))


def count(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Response))


def indexes(session):
    session.rollback()
    return session.scalars(sa.select(Submission.content_index).order_by(Submission.id)).all()


CONTENTS = [
    {"suggestions": TEXT},
    {"suggestions": "Oui.", "email": "jeanne@exemple.fr"},
    {"suggestions": "Oui.", "observation": "Vingt signes et plus", "missing_indicator": "Autant."}
    | {"T7_1__reason": "Et puis encore"},
]


@pytest.mark.parametrize("content", CONTENTS, ids=["text", "address", "several texts"])
def test_same_content_under_another_key_is_asked_about(client, form, session, content):
    client.post(form.path, data=form.data(**content))
    sent = form.data(name="", **content)

    page = client.post(form.path, data=sent)

    assert page.status_code == 409
    assert text_of(page).count(ASKS) == 1
    assert "Envoyer quand même" in page.text
    assert hidden(page, "submission_key") == sent["submission_key"]
    for typed in content.values():
        assert html.escape(typed) in page.text
    assert count(session) == 1


def test_what_is_asked_tells_nothing_of_the_first(client, form, session):
    client.post(form.path, data=form.data(suggestions=TEXT, name="Jeanne"))
    first = session.scalars(sa.select(Response)).one()

    page = client.post(form.path, data=form.data(suggestions=TEXT, name="Jeanne"))

    assert page.status_code == 409
    assert first.receipt_code not in page.text
    assert first.public_id not in page.text
    assert not re.search(r"/recu/|/contributions/ouvrir/|Set-Cookie", f"{page.text}{page.headers}")


def test_who_types_from_elsewhere_what_somebody_sent_is_not_told(client, form, session):
    client.post(form.path, data=form.data(suggestions=TEXT, email="jeanne@exemple.fr"))

    answer = client.post(
        form.path, data=form.data(suggestions=TEXT, email="jeanne@exemple.fr"), **ELSEWHERE
    )

    assert answer.status_code == 303
    assert count(session) == 2


@pytest.mark.parametrize(
    "other",
    [{"name": "Jean"}, {"capacity": "justice"}, {"suggestions": TEXT + "."}, {"name": ""}],
    ids=["name", "capacity", "text", "no name"],
)
def test_what_differs_in_anything_is_stored(client, form, session, other):
    content = {"suggestions": TEXT, "name": "Jeanne"}
    client.post(form.path, data=form.data(**content))

    assert client.post(form.path, data=form.data(**content | other)).status_code == 303
    assert count(session) == 2


def test_few_words_without_an_address_are_stored_as_often_as_they_come(client, form, session):
    for _ in range(2):
        assert client.post(form.path, data=form.data(suggestions="x" * 39)).status_code == 303

    assert count(session) == 2
    assert indexes(session) == [None, None]


def test_same_words_on_another_measure_are_stored(client, form, session, other_measure):
    other = instrument_of(session, other_measure)
    sent = form_data(other, capacity="citizen", suggestions=TEXT)
    client.post(form.path, data=form.data(suggestions=TEXT))

    answer = client.post("/mesures/T8/contribuer", data=sent | {"submission_key": key_for(other)})

    assert answer.status_code == 303


def test_who_means_it_sends_it_all_the_same_and_once(client, form, session):
    client.post(form.path, data=form.data(suggestions=TEXT))
    page = client.post(form.path, data=form.data(suggestions=TEXT))
    meant = form.data(hidden(page, "submission_key"), suggestions=TEXT) | {"intent": "anyway"}

    answers = [client.post(form.path, data=meant) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert count(session) == 2
    assert session.scalar(sa.select(sa.func.count()).select_from(Respondent)) == 2


def test_repeated_key_leads_to_the_receipt_and_is_not_asked(client, form, session):
    sent = form.data(suggestions=TEXT, email="jeanne@exemple.fr")

    answers = [client.post(form.path, data=sent) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303] * 3
    assert count(session) == 1


def test_after_two_hours_the_same_content_is_not_asked_about(client, form, session):
    at = now()
    sent = partial(form.data, suggestions=TEXT)
    with time_machine.travel(at, tick=False):
        client.post(form.path, data=sent())
    with time_machine.travel(at + timedelta(hours=1, minutes=59), tick=False):
        assert client.post(form.path, data=sent()).status_code == 409
    with time_machine.travel(at + timedelta(hours=2), tick=False):
        assert client.post(form.path, data=sent()).status_code == 303


def test_worker_blanks_what_was_received_two_hours_ago(app, client, form, session):
    at = now()
    for hours, text in ((0, TEXT), (1, TEXT + " Et la suite.")):
        with time_machine.travel(at + timedelta(hours=hours), tick=False):
            client.post(form.path, data=form.data(suggestions=text))
    assert all(indexes(session))

    with time_machine.travel(at + timedelta(hours=2), tick=False):
        repeats.task().run(session)

    first, second = indexes(session)
    assert first is None
    assert second is not None


def test_hash_is_keyed_and_is_none_that_is_kept_elsewhere(client, form, session):
    client.post(form.path, data=form.data(suggestions=TEXT))

    (index,) = indexes(session)
    assert re.fullmatch("[0-9a-f]{64}", index)
    assert index != session.scalars(sa.select(Response.content_hash)).one()


def test_who_is_erased_leaves_no_hash(client, form, session):
    page = client.post(form.path, data=form.data(suggestions=TEXT), follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])
    erasing = hidden(client.get("/contributions/effacer"), "asked")

    client.post("/contributions/effacer", data={"asked": erasing, "understood": "yes"})

    assert indexes(session) == [None]


class TestWithoutLimits:
    @pytest.fixture
    def settings(self, settings):
        return settings | {"RATE_LIMITS": False}

    def test_nothing_is_asked_and_no_hash_is_kept(self, client, form, session):
        for _ in range(2):
            assert client.post(form.path, data=form.data(suggestions=TEXT)).status_code == 303

        assert count(session) == 2
        assert indexes(session) == [None, None]


def test_of_two_sent_at_once_one_is_asked(app, form, session):
    for number in range(8):
        content = {"suggestions": f"{TEXT} {number}"}
        statuses = []

        def press(sent, statuses=statuses):
            statuses.append(app.test_client().post(form.path, data=sent).status_code)

        side_by_side(*(partial(press, form.data(**content)) for _ in range(2)))

        assert sorted(statuses) == [303, 409]
        assert count(session) == number + 1


def test_in_a_space_the_same_again_asks_nothing_and_changes_nothing(client, form, session):
    page = client.post(form.path, data=form.data(suggestions=TEXT), follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])
    key = hidden(client.get("/contributions/mesures/T7"), "submission_key")

    answer = client.post("/contributions/mesures/T7", data=form.data(key, suggestions=TEXT))

    assert answer.status_code == 303
    session.rollback()
    revisions = session.scalars(sa.select(Response.revision).order_by(Response.id)).all()
    assert revisions == [1]


def test_hash_not_blanked_in_time_is_not_looked_at(client, form, session):
    at = now()
    with time_machine.travel(at, tick=False):
        client.post(form.path, data=form.data(suggestions=TEXT))
    again = SimpleNamespace(content_index=indexes(session)[0], is_meant=False)

    with pytest.raises(repeats.ContentReceived):
        repeats.check(session(), again, at + repeats.KNOWN_FOR - timedelta(seconds=1))
    repeats.check(session(), again, at + repeats.KNOWN_FOR)
