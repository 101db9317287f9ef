"""Easy texts beside their French twins, by a formula that others know."""

import pytest

from consultation.readability.rules import tokens_of
from tests.readability_table import ROOT, figures, syllables, table, twins

PLAIN = 60
"""An index from which a text is read without effort: one that has it need not beat its twin."""
FEW = 15
"""Words below which the index is luck: a word of four syllables decides."""


@pytest.mark.parametrize(
    ("token", "count"),
    [("chat", 1), ("mesures", 2), ("indicateur", 4), ("disent", 1), ("12", 1), ("l'eau", 1)],
)
def test_syllables_are_about_those_that_are_said(token, count):
    assert syllables(token) == count


def test_easy_texts_are_not_harder_than_their_twins():
    harder = [
        easy
        for _name, pairs in twins()
        for french, easy in pairs.items()
        if len(tokens_of(easy)) >= FEW and figures(easy)[1] < min(figures(french)[1], PLAIN)
    ]

    assert harder == []


def test_easy_texts_of_each_kind_are_easier_together():
    for name, pairs in twins():
        _length, french = figures("\n".join(pairs))
        length, easy = figures("\n".join(pairs.values()))

        assert easy > french, name
        assert length < 10, name


def test_table_of_the_documents_is_that_of_the_texts():
    assert table() in (ROOT / "docs" / "lisibilite.md").read_text("utf-8")
