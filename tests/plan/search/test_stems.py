"""Stems of words: plurals, families, and words without accents."""

import pytest

from consultation.plan.search.stems import significant, stem, tokens_of


@pytest.mark.parametrize(
    ("locale", "singular", "other"),
    [
        ("fr", "hébergement", "HEBERGEMENTS"),
        ("fr", "foyer", "foyers"),
        ("fr", "policier", "policiers"),
        ("fr", "métier", "métiers"),
        ("fr", "tribunal", "tribunaux"),
        ("fr", "réseau", "réseaux"),
        ("fr", "confisqué", "confisquées"),
        ("fr", "œuvre", "oeuvres"),
        ("en", "shelter", "shelters"),
        ("en", "training", "trained"),
    ],
)
def test_words_of_a_family_have_one_stem(locale, singular, other):
    (first,), (second,) = tokens_of(singular), tokens_of(other)

    assert stem(first, locale) == stem(second, locale)


def test_telling_words_are_kept_and_function_words_only_when_alone():
    assert significant(tokens_of("l’accès à l'hébergement")) == ["acces", "hebergement"]
    assert significant(tokens_of("de la")) == ["de", "la"]
