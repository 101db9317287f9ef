"""One vote for each organisation."""

import pytest

from consultation.moderation.clusters.similarity import organisation_key
from consultation.results.tallies.organisation_votes import vote_of


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("L'Étape", "l’etape "),
        ("Œuvre de Paris", "OEUVRE DE PARIS"),
        ("A.C.S.E.", "a-c-s-e"),
        ("Foyer\u00a0du Nord", "foyer  du nord"),
    ],
)
def test_spellings_of_one_organisation_share_a_key(name, other):
    assert organisation_key(name) == organisation_key(other) is not None


def test_other_words_make_another_organisation():
    assert organisation_key("Foyer du Nord") != organisation_key("Foyer du Nord-Est")


@pytest.mark.parametrize("name", [None, "", "  ", "—", "Aucune", "N/A", "À titre personnel"])
def test_who_names_no_organisation_has_no_key(name):
    assert organisation_key(name) is None


@pytest.mark.parametrize(
    ("replies", "vote"),
    [
        (["1", "9"], "1"),
        (["9", "2", "5"], "5"),
        (["10", "9", "9"], "9"),
        (["none", "none", "8"], "8"),
        (["none", "none"], "none"),
    ],
)
def test_notes_give_their_lower_median_and_weigh_more_than_no_opinion(replies, vote):
    assert vote_of([frozenset((it,)) for it in replies]) == {vote}


@pytest.mark.parametrize(
    ("replies", "vote"),
    [
        (["keep", "drop", "keep"], "keep"),
        (["keep", "drop"], "drop"),
        (["drop", "keep", "amend", "drop", "keep"], "keep"),
        (["1", "9", "9"], "9"),
    ],
)
def test_options_give_the_most_frequent_and_the_latest_among_equals(replies, vote):
    assert vote_of([frozenset((it,)) for it in replies]) == {vote}


def test_options_of_a_multiple_choice_are_one_answer():
    replies = [frozenset("ab"), frozenset("c"), frozenset("ab"), frozenset("a")]

    assert vote_of(replies) == {"a", "b"}
