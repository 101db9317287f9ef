"""Snapshots of every kind of mail: whole, in the reader's language, light."""

import re

import pytest

from consultation.app import MESSAGE_KINDS
from consultation.mail import rendering
from tests.mail.builders import ADDRESS, START
from tests.mail.examples import ENTRIES, SNAPSHOTS, cases, printed
from tests.mail.test_rendering import TextParser

CASES = {name: case for name, *case in cases()}


def test_every_kind_of_mail_has_an_example():
    assert {kind.name for kind in MESSAGE_KINDS} == ENTRIES.keys()


def test_every_snapshot_is_one_of_an_example():
    assert {path.stem for path in SNAPSHOTS.iterdir()} == CASES.keys()


@pytest.mark.every_case
@pytest.mark.parametrize("name", CASES)
def test_mail_reads_as_its_snapshot_shows(app, name):
    kind, locale, entries = CASES[name]

    assert printed(kind, locale, entries) == (SNAPSHOTS / f"{name}.txt").read_text("utf-8")


@pytest.mark.every_case
@pytest.mark.parametrize("name", CASES)
def test_mail_is_equal_in_both_parts_says_its_language_and_is_light(app, name):
    kind, locale, entries = CASES[name]

    letter = rendering.render(kind, locale, entries, ADDRESS)
    mail = rendering.compose(
        letter, sender="site@exemple.fr", recipient=ADDRESS, message_id="<a@exemple.fr>", at=START
    )

    parser = TextParser(letter.html)
    plain = [word for word in letter.text.split() if not re.fullmatch("-+", word)]
    text = [word for word in letter.subject.split() + plain if not word.startswith("http")]
    assert [it.casefold() for it in parser.seen if not it.startswith("http")] == [
        it.casefold() for it in text
    ]
    assert [word for word in plain if word.startswith("http")] == parser.links
    assert f'<html lang="{locale}">' in letter.html
    assert len(mail.content) < 20_000
