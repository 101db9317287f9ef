"""Way of a posted form: what it enters, and works out, before its response is committed."""

import pytest

from consultation.crypto.keyring import Keyring
from consultation.db import base
from consultation.extensions import db
from tests.ways import recording

MOST_OF_RESPONSES, MOST, MOST_RETURNS = 19, 50, 26


def test_posted_form_enters_few_modules_until_its_commit(client, form):
    sent = form.data(email="jeanne@exemple.fr", T7_1__stance="amend", T7_1__relevance="7")

    with recording(db.engine) as recorder:
        answer = client.post(form.path, data=sent)

    names = recorder.until_commit
    assert answer.status_code == 303
    assert [name for name in names if name.startswith("responses/")][-2:] == [
        "responses/drafts/public_drafts",
        "responses/submission/completion",
    ]
    assert len([name for name in names if name.startswith("responses/")]) <= MOST_OF_RESPONSES
    assert len(names) <= MOST, names


def test_posted_form_comes_back_to_few_modules(client, form):
    sent = form.data(email="jeanne@exemple.fr", T7_1__stance="amend", T7_1__relevance="7")

    with recording(db.engine) as recorder:
        answer = client.post(form.path, data=sent)
    recorder.end_of_post()

    assert answer.status_code == 303
    assert 0 < recorder.returns.total() <= MOST_RETURNS, recorder.returns


@pytest.mark.parametrize("secret", ["encrypt", "_mac"])
def test_nothing_is_encrypted_or_hashed_in_the_turn_to_write(client, form, monkeypatch, secret):
    in_turn = []
    work = getattr(Keyring, secret)

    def watched(keyring, *values):
        in_turn.append(base._write_until.get() is not None)
        return work(keyring, *values)

    monkeypatch.setattr(Keyring, secret, watched)
    sent = form.data(email="jeanne@exemple.fr", T7_1__stance="amend", T7_1__relevance="7")

    answer = client.post(form.path, data=sent)

    assert answer.status_code == 303
    assert in_turn
    assert not any(in_turn)
