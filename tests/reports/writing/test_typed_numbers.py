"""Numbers typed into a text: marked with their sentence, unless a figure carries them."""

import pytest

from consultation.reports.writing.typed_numbers import typed_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("30 agents de plus que prévu.", ["30"]),
        ("Il y en a 12,5 % et 2\u202f027 places.", ["12,5", "2\u202f027"]),
        ("En 2026, puis le 3 juin, DEMO-2.4 et M07 ; 2024-2027.", []),
        ("Voir [1], {{valeur:T7.1@fin}} et [un lien](https://exemple.fr/12).", []),
        ("1. Un point\n2) Un autre", []),
        ("2027 %", ["2027"]),
        ("Le 4\njuin, é12, {{valeur:T7.1@fin}}(5) et [6](https://exemple.fr/(7))", ["4", "5", "6"]),
        ("Un point\n  3) Un autre de 8\n[1] 9. Fin", ["8", "9"]),
        ("Il y en a 0.", ["0"]),
        ("150 places", []),
        ("\u202e<b>7</b>", ["7"]),
        ("", []),
    ],
)
def test_number_without_a_source_is_marked(text, numbers):
    assert [it.number for it in typed_numbers(text, ["150 places"])] == numbers


def test_notice_has_the_sentence_of_its_number():
    text = "Rien ici.\n\nIl y a 30 agents. Rien là."

    assert [it.sentence for it in typed_numbers(text, [])] == ["Il y a 30 agents."]


def test_long_text_of_digits_has_few_short_notices():
    notices = typed_numbers("9 " * 9000, [])

    assert len(notices) == 1
    assert len(notices[0].sentence) < 200
