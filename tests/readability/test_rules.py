"""Advice on easy texts: what it says, and that it is never said of a text that is easy."""

import pytest

from consultation.i18n import SHIPPED
from consultation.readability.rules import advice, rules_of, sentences_of

RULES = rules_of("fr-x-facile")
LONG = "un " * 16
LONG_ONE = "« Voici un un un un un… » compte 17 mots, 15 au plus : coupez cette phrase."


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("Vous pouvez écrire 2 fois. Une personne lit.", []),
        (f"Voici {LONG}", [LONG_ONE]),
        ("Écrivez Deux fois, deux fois.", ["« deux » : écrivez ce nombre en chiffres."]),
        ("L'une d'elles attend.", []),
        ("La DGT compte.", ["« DGT » : dites en une phrase ce que c'est."]),
        ("La DGT compte. La DGT est un service.", []),
        ("Un service compte : la DGT, le service du travail.", []),
        ("Envoyez un SMS.", []),
        ("Lisez, afin\u00a0de répondre.", ["« afin de » : une idée par phrase, coupez-la ici."]),
        ("Écrivez à [{sender}](mailto:{sender}).", []),
        ("Il y a %(count)s mots ici.", []),
        ("\u200fDeux\x00", ["« deux » : écrivez ce nombre en chiffres."]),
    ],
)  # fmt: skip
def test_advice_names_what_to_change(text, sentences):
    assert advice(text, RULES) == sentences


def test_advice_on_a_very_long_text_is_short():
    assert len(advice("DGT deux. " * 10_000, RULES)) == 2


def test_rules_are_those_of_a_language_that_has_them():
    assert [tag for tag in SHIPPED if rules_of(tag)] == ["fr-x-facile"]
    assert rules_of("xx") is None


def test_sentences_end_at_a_mark_or_a_line():
    assert sentences_of("Un. Deux !\nTrois\n\n") == ["Un.", "Deux !", "Trois"]
