"""Medians and quartiles against values worked by hand, as QUARTILE.INC gives them."""

from collections import Counter

import pytest

from consultation.results.consensus import consensus_of_counts


def test_no_ratings_say_nothing():
    assert consensus_of_counts(Counter([])) is None


def test_one_rating_is_its_own_median_and_quartiles():
    consensus = consensus_of_counts(Counter([7]))

    assert (
        consensus.count,
        consensus.median,
        consensus.lower_quartile,
        consensus.upper_quartile,
    ) == (1, 7, 7, 7)
    assert consensus.interquartile_range == 0
    assert (consensus.low_share, consensus.middle_share, consensus.high_share) == (0, 0, 1)


@pytest.mark.parametrize(
    ("ratings", "lower", "median", "upper"),
    [
        # places 0.25, 0.5 and 0.75 of the way from 2 to 9
        ([2, 9], 3.75, 5.5, 7.25),
        # five ratings: places 1, 2 and 3
        ([1, 3, 5, 7, 9], 3, 5, 7),
        # six: places 1.25, 2.5 and 3.75
        ([1, 2, 4, 4, 7, 9], 2.5, 4, 6.25),
        # eight: places 1.75, 3.5 and 5.25
        ([1, 2, 3, 4, 5, 6, 7, 8], 2.75, 4.5, 6.25),
        # nine, a usual RAND/UCLA panel: places 2, 4 and 6
        ([2, 3, 5, 7, 7, 8, 8, 9, 9], 5, 7, 8),
    ],
)
def test_quartiles_are_inclusive(ratings, lower, median, upper):
    consensus = consensus_of_counts(Counter(reversed(ratings)))

    assert (consensus.lower_quartile, consensus.median, consensus.upper_quartile) == (
        lower,
        median,
        upper,
    )
    assert consensus.interquartile_range == upper - lower


def test_shares_count_the_three_parts_of_the_scale():
    consensus = consensus_of_counts(Counter([1, 3, 4, 6, 6, 7, 9, 9]))

    assert (consensus.low_share, consensus.middle_share, consensus.high_share) == (
        2 / 8,
        3 / 8,
        3 / 8,
    )


@pytest.mark.parametrize("rating", [0, 10, -1])
def test_rating_outside_the_scale_is_refused(rating):
    with pytest.raises(ValueError, match="from 1 to 9"):
        consensus_of_counts(Counter([5, rating]))
