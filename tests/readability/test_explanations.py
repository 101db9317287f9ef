"""Words of a page that its language explains."""

import pytest

from consultation.i18n import SHIPPED, folded
from consultation.readability.explanations import explained, explanations

EASY = "fr-x-facile"


def names(page, tag=EASY):
    return [it.name for it in explained(page, tag)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("", []),
        ("<p>Une victime <b>présumée</b>, un Indicateur.</p>", ["indicateur", "victime présumée"]),
        ("<p>Une victime n'est pas présumée.</p>", []),
        ('<a href="/mesures">Lire</a><script>"brouillon"</script>', []),
        ("<p>L'évaluation, l\u2019asile</p>", ["asile", "évaluer"]),
        ("<p>mesurer</p>", []),
        ("<" * 10_000, []),
    ],
)
def test_page_explains_the_words_that_it_uses(page, expected):
    assert names(page) == expected


def test_most_languages_explain_nothing():
    assert [tag for tag in SHIPPED if explanations(tag)] == [EASY]
    assert names("<p>Un indicateur</p>", "fr") == []


def test_explanations_are_in_the_order_of_a_dictionary():
    listed = [folded(it.name) for it in explanations(EASY)]

    assert listed == sorted(listed)
