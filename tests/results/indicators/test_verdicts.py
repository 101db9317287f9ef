"""What notes come to, and in which words."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.results.consensus import consensus_of_counts
from consultation.results.indicators import labels as indicators_labels
from consultation.results.indicators.verdicts import (
    Conclusion,
    Divide,
    IndicatorVerdict,
    conclude,
    conclude_ratings,
)
from consultation.results.tallies.queries import Ratings
from consultation.web.locale import in_language

NOTES = st.lists(st.integers(1, 9), min_size=1, max_size=60)


def test_ipras_is_what_was_published_of_a_group_of_fifteen():
    """BMJ Open 2012;2:e001431, table 1: 7 to 8, IPR 1.0, AI 2.5, IPRAS 6.1, no disagreement.

    The table counts 1, 1, 1, 5, 5 and 2 notes; its last three are 7, 8 and 9.
    """
    consensus = consensus_of_counts(Counter([3, 4, 5] + [7] * 5 + [8] * 5 + [9] * 2))

    assert consensus.median == 7
    assert (consensus.lower_percentile, consensus.upper_percentile) == (7, 8)
    assert consensus.interpercentile_range == 1
    assert float(consensus.adjusted_range) == 6.1
    assert not consensus.is_disagreement


@pytest.mark.parametrize(
    ("notes", "lower", "upper", "adjusted", "disagree"),
    [
        # places 2.4 and 5.6 of nine; the middle of 1 and 9 is 5
        ([1, 1, 1, 1, 5, 9, 9, 9, 9], 1, 9, 2.35, True),
        # the middle of 4 and 6 is 5 as well: 2 is less than 2.35
        ([1, 1, 4, 4, 5, 6, 6, 9, 9], 4, 6, 2.35, False),
        # 2.4: 2 + 0.4 × 5; 5.6: 8; the middle is 6
        ([2, 2, 2, 7, 7, 8, 8, 9, 9], 4, 8, 3.85, True),
        # 3 and 8.6: (3 + 8.6) / 2 = 5.8
        ([1, 2, 2, 4, 7, 8, 9, 9, 9], 2.8, 8.6, 3.4, True),
        ([7, 7, 8, 8, 8, 9, 9, 9, 9], 8, 9, 7.6, False),
    ],
)
def test_ipras_worked_by_hand(notes, lower, upper, adjusted, disagree):
    consensus = consensus_of_counts(Counter(notes))

    assert float(consensus.lower_percentile) == lower
    assert float(consensus.upper_percentile) == upper
    assert float(consensus.adjusted_range) == adjusted
    assert consensus.is_disagreement is disagree


@given(NOTES)
def test_scale_turned_round_shows_the_same_disagreement(notes):
    turned = [10 - note for note in notes]
    original, other = consensus_of_counts(Counter(notes)), consensus_of_counts(Counter(turned))

    assert original.is_disagreement == other.is_disagreement
    assert original.disagreement == other.disagreement
    assert original.median == 10 - other.median


@given(NOTES)
def test_nobody_disagrees_within_one_third(notes):
    within = [(note - 1) % 3 + 7 for note in notes]

    assert not consensus_of_counts(Counter(within)).is_disagreement


@pytest.mark.parametrize(
    ("notes", "verdict"),
    [
        ([7] * 9, IndicatorVerdict.KEPT),
        ([6] * 5 + [7] * 5, IndicatorVerdict.KEPT),  # 6.5 belongs to the higher part
        ([6] * 9, IndicatorVerdict.UNCERTAIN),
        ([3] * 5 + [4] * 5, IndicatorVerdict.UNCERTAIN),
        ([3] * 9, IndicatorVerdict.DISMISSED),
        ([1] * 5 + [9] * 5, IndicatorVerdict.DISAGREED),
        ([9] * 8, IndicatorVerdict.TOO_FEW),
        ([], IndicatorVerdict.TOO_FEW),
    ],
)
def test_notes_come_to_a_verdict(notes, verdict):
    assert conclude(consensus_of_counts(Counter(notes))).verdict is verdict


def test_verdict_says_how_many_notes_are_lacking():
    assert conclude(None).lacking == 9
    assert conclude(consensus_of_counts(Counter([9] * 7))).lacking == 2


FOR = Ratings({9: 9})
AGAINST = Ratings({2: 9})


@pytest.mark.parametrize(
    ("by_capacity", "divide"),
    [
        ({"police": FOR, "justice": AGAINST}, Divide("police", "justice")),
        (
            {"police": FOR, "justice": AGAINST, "health": Ratings({1: 20})},
            Divide("police", "health"),
        ),
        ({"police": FOR, "justice": Ratings({2: 8})}, None),  # eight notes are too few
        ({"police": FOR, "justice": Ratings({5: 9})}, None),  # uncertain is not against
        ({"police": FOR, "justice": Ratings({2: 5, 9: 5})}, None),  # half is no majority
        ({"police": FOR, "": AGAINST}, None),
    ],
)
def test_two_capacities_that_contradict_each_other_are_named(by_capacity, divide):
    everybody = Ratings({8: 40})

    conclusion = conclude_ratings(everybody, by_capacity)

    assert conclusion.divide == divide
    assert (conclusion.verdict is IndicatorVerdict.DIVIDED) == (divide is not None)


@pytest.mark.parametrize(
    ("conclusion", "relevance", "feasibility"),
    [
        (
            Conclusion(IndicatorVerdict.KEPT),
            "Jugé pertinent",
            "Jugé possible à mesurer",
        ),
        (
            Conclusion(IndicatorVerdict.UNCERTAIN),
            "Avis partagés sur sa pertinence",
            "Avis partagés sur la façon de le mesurer",
        ),
        (
            Conclusion(IndicatorVerdict.DISMISSED),
            "Jugé peu pertinent",
            "Jugé difficile à mesurer",
        ),
        (
            Conclusion(IndicatorVerdict.DISAGREED),
            "Avis opposés sur sa pertinence",
            "Avis opposés sur la façon de le mesurer",
        ),
        (Conclusion(IndicatorVerdict.TOO_FEW, 1), "Il manque 1 note pour conclure", None),
        (Conclusion(IndicatorVerdict.TOO_FEW, 4), "Il manque 4 notes pour conclure", None),
        (Conclusion(IndicatorVerdict.TOO_FEW, 9), "Aucune note : il en faut 9 pour conclure", None),
        (
            Conclusion(IndicatorVerdict.DIVIDED, divide=Divide("police", "gone")),
            "Avis opposés : « Police ou gendarmerie » plutôt pour, « gone » plutôt contre",
            None,
        ),
    ],
)
def test_conclusion_is_said_in_words(app, conclusion, relevance, feasibility):
    labels = {"police": "Police ou gendarmerie"}

    with in_language("fr"):
        assert indicators_labels.relevance(conclusion, labels) == relevance
        if feasibility:
            assert indicators_labels.feasibility(conclusion) == feasibility
