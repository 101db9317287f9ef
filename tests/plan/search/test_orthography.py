"""Spelling: which known words a typed one is close to."""

import pytest

from consultation.plan.search.orthography import MOST, KnownSpellings, distance

KNOWN = KnownSpellings({it: it for it in ("hebergement", "formation", "enfant", "forme", "forces")})


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [("a", "a", 0), ("enfant", "enffant", 1), ("enfant", "efnant", 1), ("enfant", "infent", 2),
     ("", "abc", 3)],
)  # fmt: skip
def test_distance_counts_letters_changed_added_missing_or_swapped(first, second, steps):
    assert distance(first, second) == distance(second, first) == steps


@pytest.mark.parametrize(
    ("typed", "close"),
    [
        ("enfaut", ["enfant"]),
        ("enfuut", []),  # two letters of six
        ("hebergemant", ["hebergement"]),
        ("ebergemant", ["hebergement"]),  # two of eleven
        ("forces", []),  # known: whoever typed it meant it
        ("fore", []),  # too short to tell
        ("formes", ["forces", "forme"]),
        ("", []),
        ("e" * 10_000, []),
    ],
)
def test_words_close_to_a_typed_one_come_closest_first(typed, close):
    assert KNOWN.close_to(typed) == close


def test_few_words_are_returned():
    alike = KnownSpellings({f"enfan{letter}": "" for letter in "abcdefgh"})

    assert len(alike.close_to("enfant")) == MOST
