"""Turns for documents: few wait, the others are asked to come back, and each turn is given back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from consultation import turns
from consultation.turns import NoDocument, NoTurn, turn
from consultation.web.page_cache import PackedCache, made_once
from tests.decisions.conftest import opened as opened
from tests.faults.server import wait_for

FORM = "/mesures/T7/formulaire.pdf"


@pytest.fixture
def busy():
    """A document that is being made, until the test says that it is made."""
    begun, made = Event(), Event()

    def make():
        with turn():
            begun.set()
            made.wait()

    with ThreadPoolExecutor(1) as others:
        others.submit(make)
        begun.wait()
        yield made
        made.set()


def test_second_visitor_waits_and_the_third_is_told_at_once(busy):
    def second():
        with turn():
            return "waited"

    with ThreadPoolExecutor(1) as others:
        waiting = others.submit(second)
        wait_for(lambda: not turns._places._value)
        with pytest.raises(NoTurn), turn():
            pass
        busy.set()

        assert waiting.result() == "waited"


def test_visitor_who_waited_in_vain_gives_the_place_back(busy, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.01)

    for _ in range(turns.MOST + 1):
        with pytest.raises(NoTurn), turn():
            pass
        assert turns._places._value == turns.MOST - 1


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError()])
def test_turn_is_given_back_whatever_becomes_of_the_document(error):
    for _ in range(turns.MOST + 1):
        with pytest.raises(NoDocument if isinstance(error, OSError) else type(error)), turn():
            raise error

    with turn():
        assert turns._places._value == turns.MOST - 1


def test_same_document_is_made_once_for_those_who_wait():
    cache, made = PackedCache(), []

    def make():
        made.append(1)
        wait_for(lambda: not turns._places._value, seconds=10)  # until the other one waits
        return b"document"

    with ThreadPoolExecutor(2) as readers:
        answers = [readers.submit(made_once, cache, "key", make) for _ in range(2)]

        assert [it.result() for it in answers] == [b"document"] * 2
    assert made == [1]


@pytest.mark.parametrize(
    ("prefix", "sentence"),
    [("", "puis demandez-le de nouveau"), ("/en", "then ask for it again")],
)
def test_page_of_who_comes_too_many_says_to_ask_again(
    client, opened, monkeypatch, busy, prefix, sentence
):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.0)

    refused = client.get(prefix + FORM)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "10"
    assert sentence in refused.text
    assert refused.headers["Refresh"] == "10"
    busy.set()


def test_document_that_cannot_be_made_is_told_in_a_sentence(client, opened, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("consultation.typesetting.subprocess.subprocess.run", full)

    refused = client.get(FORM)

    assert refused.status_code == 503
    assert "Ce document ne peut pas être préparé en ce moment" in refused.text
    assert "Refresh" not in refused.headers
