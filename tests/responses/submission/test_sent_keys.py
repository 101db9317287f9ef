"""Sent keys: what the script of a form that is gone back to learns of its key."""

import re
from datetime import timedelta

import time_machine

from consultation.clock import now
from tests.factories import key_for
from tests.pages import straight
from tests.responses.conftest import hidden


def ask(client, form, key):
    answer = client.post(form.path, data={"submission_key": key, "intent": "sent"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, private"
    return straight(answer.json["sentence"])


def receipt_code(page):
    return re.search(r'class="receipt-code">([^<]+)<', page.text)[1]


def test_used_key_tells_when_and_under_which_number(client, form):
    sent = form.data()
    page = client.post(form.path, data=sent, follow_redirects=True)

    reply = ask(client, form, sent["submission_key"])

    assert re.fullmatch(rf"Envoyé à \d\d? h \d\d, n° {receipt_code(page)}", reply)


def test_number_is_told_for_as_long_as_the_receipt_is_shown(client, form):
    sent = form.data()
    client.post(form.path, data=sent)

    with time_machine.travel(now() + timedelta(hours=2, seconds=1)):
        assert ask(client, form, sent["submission_key"]) == "Ce formulaire a déjà été envoyé"


def test_unused_key_tells_nothing(client, form):
    saved = form.data()
    client.post(form.path, data=saved | {"intent": "save"})

    for key in (key_for(form.instrument), "forged", "", saved["submission_key"]):
        assert ask(client, form, key) == ""


def test_nothing_is_told_of_somebody_who_was_erased(client, form):
    sent = form.data()
    page = client.post(form.path, data=sent, follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])
    erasing = hidden(client.get("/contributions/effacer"), "asked")
    client.post("/contributions/effacer", data={"asked": erasing, "understood": "yes"})

    assert ask(client, form, sent["submission_key"]) == ""
