"""The corpus as a whole; `python -m tests.inbox.corpus` writes the figures and the misses."""

import pytest

from tests.inbox.corpus import LETTERS
from tests.inbox.corpus.figures import figures, outcome, report

FLOORS = {
    "kind recognised right": 1.0,
    "quoted text cut right": 1.0,
    "measure proposed right": 1.0,
}


@pytest.fixture(scope="module")
def outcomes():
    return [outcome(letter) for letter in LETTERS]


def test_corpus_is_understood(outcomes):
    shares = {name: figure.share for name, figure in figures(outcomes).items()}

    assert all(shares[name] >= floor for name, floor in FLOORS.items()), report(outcomes)


def test_held_out_mails_are_understood(outcomes):
    held_out = [it for it in outcomes if it.letter.is_held_out]

    shares = [figure.share for figure in figures(held_out).values()]

    assert min(shares) >= 0.9, report(held_out)


def test_corpus_is_large_and_its_names_differ():
    names = {letter.name for letter in LETTERS}

    assert len(names) == len(LETTERS) >= 70
    assert sum(letter.is_held_out for letter in LETTERS) * 4 >= len(LETTERS)
