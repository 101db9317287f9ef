"""Words for decisions: on how many contributions one rests, by ranges that tell no few."""

from collections import Counter

import pytest

from consultation.decisions.basis import Basis
from consultation.decisions.labels import contribution_range, contributions


def basis(count, quoted=0):
    return Basis(
        count, [f"Texte {number}" for number in range(quoted)], ["fr"] * quoted, [""] * quoted
    )


@pytest.mark.parametrize(
    ("count", "quoted", "text"),
    [
        (0, 0, ""),
        (4, 0, "une ou plusieurs contributions"),
        (5, 0, "5 à 9 contributions"),
        (9, 0, "5 à 9 contributions"),
        (9, 8, "5 à 19 contributions"),
        (12, 8, "5 à 19 contributions"),
        (3, 3, "moins de 10 contributions"),
        (30, 30, "20 à 49 contributions"),
        (1234, 0, "1\u202f000 à 1\u202f999 contributions"),
    ],
)
def test_contributions_are_counted_by_ranges(app, count, quoted, text):
    with app.test_request_context():
        assert contributions(basis(count, quoted), 5) == text


@pytest.mark.parametrize("smallest", [4, 5, 11])
def test_range_leaves_many_numbers_of_those_who_are_not_quoted(smallest):
    for quoted in range(0, 60, 3):
        texts = [f"Texte {number}" for number in range(quoted)]
        counts = range(max(quoted, 1), 40 * smallest)
        sizes = Counter(contribution_range(Basis(count, texts), smallest) for count in counts)
        sizes.popitem()  # the last one is cut
        is_few = quoted == 0  # a few are told as such
        assert all(size >= smallest - is_few for size in sizes.values()), quoted
