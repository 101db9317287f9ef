"""Cleaned forms: one with a NUL or without UTF-8 comes back cleaned and whole, and says so."""

import html
import re
from urllib.parse import urlencode

import pytest

from tests.pages import straight
from tests.responses.conftest import hidden

FORM = "application/x-www-form-urlencoded"
SPACE_FORM = "/contributions/mesures/T7"
SAYS = "Des caractères illisibles ont été enlevés"
BAD = {"NUL": b"%00", "no UTF-8": b"%FF", "cut short": b"%E2%82", "raw": b"\xe9"}


def text_of(page):
    return straight(html.unescape(page.text))


def spoilt(data, bad):
    """The body of a form in which the word SPOILT stands for what is no text."""
    return urlencode(data).encode().replace(b"SPOILT", bad)


@pytest.fixture
def typed(form):
    return form.data(
        suggestions="Avant SPOILTaprès,\r\nété 2026 \u20ac 𝒳", name="Jeanne Zorglub",
        T7_1__stance="amend", T7_1__reason="Un motif", email="jeanne@exemple.fr",
    )  # fmt: skip


@pytest.fixture
def link(client, form):
    page = client.post(form.path, data=form.data(suggestions="Premier"), follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("intent", ["", "save"])
def test_form_that_is_no_text_comes_back_cleaned_with_all_that_was_typed(
    client, form, typed, counts, bad, intent
):
    body = spoilt(typed | {"intent": intent}, bad)

    page = client.post(form.path, data=body, content_type=FORM)

    left = "" if bad == b"%00" else "\ufffd"
    assert page.status_code == 400
    assert text_of(page).count(SAYS) == 1
    assert f"Avant {left}après,\nété 2026 \u20ac 𝒳" in page.text
    for kept in ('value="Jeanne Zorglub"', 'value="jeanne@exemple.fr"', "Un motif"):
        assert kept in page.text
    assert re.search(rf'name="{form.name("stance")}" value="amend" checked', page.text)
    assert hidden(page, "submission_key") == typed["submission_key"]
    assert set(counts().values()) == {0}


def test_what_came_back_cleaned_is_taken_as_it_is(client, form, typed, counts):
    page = client.post(form.path, data=spoilt(typed, b"%00"), content_type=FORM)
    again = typed | {"suggestions": "Avant après", "submission_key": hidden(page, "submission_key")}

    assert client.post(form.path, data=again).status_code == 303
    assert counts()["response"] == 1


def test_form_of_a_space_comes_back_cleaned_and_belongs_to_it(client, form, link, counts):
    client.post(link)
    key = hidden(client.get(SPACE_FORM), "submission_key")
    sent = form.data(key=key, suggestions="Le seSPOILTcond", name="Jeanne Zorglub")

    page = client.post(SPACE_FORM, data=spoilt(sent, b"%00"), content_type=FORM)

    assert page.status_code == 400
    assert SAYS in text_of(page)
    assert "Le second" in page.text
    assert f'action="{SPACE_FORM}"' in page.text
    assert hidden(page, "submission_key") == key
    assert counts()["response"] == 1


def test_saving_script_is_told_to_let_the_person_see(client, form, link):
    client.post(link)
    key = hidden(client.get(SPACE_FORM), "submission_key")
    sent = form.data(key=key, suggestions="Le seSPOILTcond") | {"intent": "save"}

    answer = client.post(
        SPACE_FORM, data=spoilt(sent, b"%00"), content_type=FORM,
        headers={"Accept": "application/json"},
    )  # fmt: skip

    assert answer.status_code == 400
    assert "n’a pas été enregistré" in answer.json["sentence"]


def test_who_one_is_comes_back_too_and_is_sent_again_by_a_button(client, form, link):
    client.post(link)
    page = client.get("/contributions/moi")
    capacity = re.search(r'for="(question_\d+)">À quel titre répondez-vous', page.text)[1]
    name = re.search(r'for="(question_\d+)">Votre nom', page.text)[1]
    sent = {"form": hidden(page, "form"), capacity: "justice", name: "JeanneSPOILT " + "Z" * 40}

    refused = client.post("/contributions/moi", data=spoilt(sent, b"%00"), content_type=FORM)

    assert refused.status_code == 400
    assert SAYS in text_of(refused)
    assert "Jeanne " + "Z" * 40 in refused.text
    assert f'name="{capacity}" value="justice"' in refused.text
    assert "Envoyer de nouveau" in refused.text


def test_another_site_has_nothing_sent_again_from_here(client, form, link):
    client.post(link)

    refused = client.post(
        "/contributions/moi", data=b"a=%00" + b"x" * 50, content_type=FORM,
        headers={"Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip

    assert refused.status_code == 400
    assert "Envoyer de nouveau" not in refused.text
