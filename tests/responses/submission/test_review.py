"""A form that is read again before it is sent, or shown again: nothing is stored."""

import html
import re

import pytest

from tests.pages import visible_text

NOTHING = {"submission": 0, "response": 0, "answer": 0, "outbox_message": 0}
ANSWERS = {
    "T7_1__stance": "amend",
    "T7_1__relevance": "7",
    "T7_1__reason": "Trop <b>vague</b>\r\nà lire",
}


@pytest.fixture
def sent(form):
    return form.data(email="jeanne@exemple.fr", **ANSWERS)


def hidden_fields(page):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def test_answers_are_shown_as_text_and_nothing_is_stored(client, form, sent, counts):
    page = client.post(form.path, data=sent | {"intent": "review"})

    text = visible_text(page)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "Rien n'est encore envoyé" in text
    for label in ("Le reformuler", "7 sur 9", "Trop <b>vague</b> à lire", "jeanne@exemple.fr"):
        assert label in text
    assert "Peut-on le mesurer en pratique" not in text
    assert counts() == NOTHING


def test_what_was_read_again_is_sent_to_the_letter(client, form, sent, counts, session):
    page = client.post(form.path, data=sent | {"intent": "review"})

    answer = client.post(form.path, data=hidden_fields(page))

    assert hidden_fields(page) == {name: value for name, value in sent.items() if value}
    assert answer.status_code == 303
    assert counts()["response"] == 1


def test_what_was_read_again_can_be_changed(client, form, sent, counts):
    page = client.post(form.path, data=sent | {"intent": "review"})

    again = client.post(form.path, data=hidden_fields(page) | {"intent": "show"})

    assert again.status_code == 200
    assert "Trop &lt;b&gt;vague&lt;/b&gt;\r\nà lire" in again.text
    assert hidden_fields(again)["submission_key"] == sent["submission_key"]
    assert "Erreur" not in again.text
    assert counts() == NOTHING


def test_form_with_an_error_is_not_shown_as_ready(client, form, counts):
    sent = form.data(capacity="", T7_1__stance="keep") | {"intent": "review"}

    page = client.post(form.path, data=sent)

    assert page.status_code == 422
    assert "à corriger avant l&#39;envoi" in page.text or "à corriger avant l’envoi" in page.text
    assert counts() == NOTHING


def test_other_language_shows_what_was_typed_without_a_word_on_errors(client, form, counts):
    sent = form.data(capacity="", T7_1__reason="Pas encore fini") | {"intent": "show"}

    page = client.post(f"/en{form.path}", data=sent)

    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert "Pas encore fini" in page.text
    assert 'id="errors"' not in page.text
    assert counts() == NOTHING
