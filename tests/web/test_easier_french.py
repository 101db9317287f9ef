"""Easier French: a language like another at an address of its own, in sentences of a few words."""

import re

import pytest
from babel.messages.pofile import read_po

from consultation.i18n import FOLDER, SHIPPED
from consultation.readability.explanations import explanations
from consultation.readability.rules import advice, rules_of, sentences_of

EASIER = SHIPPED["fr-x-facile"]


def texts():
    """All that it says otherwise than French: the catalogue, and the texts that are files."""
    with (FOLDER / EASIER.tag / "LC_MESSAGES" / "messages.po").open("rb") as file:
        for message in filter(lambda it: it.id, read_po(file, locale=EASIER.locale)):
            yield from [message.string] if isinstance(message.string, str) else message.string
    yield from (it.meaning for it in explanations(EASIER.tag))
    for path in (FOLDER / EASIER.tag).glob("*.md"):
        yield path.read_text("utf-8")


def sentences():
    return [it for text in texts() for it in sentences_of(text)]


def test_texts_are_written_as_the_team_is_advised_to_write():
    assert len(sentences()) > 900
    assert [it for text in texts() for it in advice(text, rules_of(EASIER.tag))] == []


@pytest.mark.parametrize("word", ["consultation", "contribution", "notamment", "cf.", "etc."])
def test_one_word_is_said_for_one_thing(word):
    assert [it for it in sentences() if re.search(rf"\b{re.escape(word)}(?!\w)", it)] == []


def test_its_addresses_have_a_word_that_is_said():
    assert (EASIER.prefix, EASIER.lang, EASIER.spelling) == ("/facile", "fr", "fr-FR")
