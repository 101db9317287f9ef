"""No range cuts what a reader sees as one sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.moderation.texts.ranges import is_boundary, widen

FARMER, FAMILY, FLAGS = "👩🏽‍🌾", "👨‍👩‍👧", "🇫🇷🇧🇪"
GRAPHEMES = [
    "a",
    "é",
    "e\u0301",
    FARMER,
    FAMILY,
    "🇫🇷",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "각",
    "\u1100\u1161\u11a8",
    "\r\n",
    "❤️",
    "ก็",
    " ",
]


@pytest.mark.parametrize("grapheme", GRAPHEMES)
def test_range_inside_a_character_covers_the_whole_of_it(grapheme):
    text = f"x{grapheme}y"
    for start in range(1, len(grapheme) + 1):
        for end in range(start + 1, len(grapheme) + 2):
            assert widen(text, start, end) == (1, 1 + len(grapheme))


def test_flags_side_by_side_stay_apart():
    assert [is_boundary(FLAGS, at) for at in range(5)] == [True, False, True, False, True]


@given(st.lists(st.sampled_from(GRAPHEMES), min_size=1).map("".join), st.data())
def test_any_range_is_widened_to_boundaries_around_it(text, draw):
    start = draw.draw(st.integers(0, len(text) - 1))
    end = draw.draw(st.integers(start + 1, len(text)))

    wide = widen(text, start, end)

    assert wide[0] <= start < end <= wide[1]
    assert all(is_boundary(text, at) for at in wide)
    assert widen(text, *wide) == wide
