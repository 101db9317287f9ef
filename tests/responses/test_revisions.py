"""Revisions: the differences between two of them, as plain values."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.responses.revisions import AnswerValues, Change, Difference, differences
from consultation.responses.rights.erasure import ERASED_TEXT

VALUES = st.one_of(
    st.frozensets(st.text("aé’ 1", min_size=1, max_size=5), min_size=1, max_size=3),
    st.frozensets(st.just(ERASED_TEXT), min_size=1),
    st.frozensets(st.floats(allow_nan=False), min_size=1, max_size=1),
    st.frozensets(st.dates(), min_size=1, max_size=1),
)
PLACES = st.tuples(st.sampled_from(["", "T7.1", "T7.2"]), st.sampled_from("abcd"))
REPLIES = st.dictionaries(PLACES, VALUES).map(
    lambda reply: {place: values_of(place[1], *values) for place, values in reply.items()}
)


def values_of(label, *values):
    return AnswerValues(label, frozenset(values), tuple(sorted(map(str, values))))


def mirror(differences_):
    return {replace(change, before=change.now, now=change.before) for change in differences_}


@given(REPLIES)
def test_reply_compared_with_itself_gives_nothing(reply):
    assert differences(reply, dict(reversed(reply.items()))) == []


@given(REPLIES, REPLIES)
def test_before_and_now_swapped_give_the_mirror(before, now):
    changes = differences(before, now)

    swapped = differences(now, before)

    assert len(changes) == len(set(changes))
    assert set(swapped) == mirror(changes)


@given(REPLIES, REPLIES)
def test_what_differs_and_is_known_is_told_and_nothing_else(before, now):
    places = {(change.place, change.label) for change in differences(before, now)}

    for place in {*before, *now}:
        earlier, later = (it[place].values if place in it else None for it in (before, now))
        is_unknown = None not in (earlier, later) and any(
            ERASED_TEXT in it for it in (earlier, later)
        )
        assert (place in places) == (earlier != later and not is_unknown)


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ((), ("oui",), Change.ADDED),
        (("oui",), (), Change.REMOVED),
        (("oui",), ("non",), Change.CHANGED),
        ((date(2026, 1, 2),), (date(2026, 1, 3),), Change.CHANGED),
    ],
)
def test_difference_says_what_happened(before, now, change):
    earlier, later = (
        {("T7.1", "q"): values_of("Que dire ?", *it)} if it else {} for it in (before, now)
    )

    (changes,) = differences(earlier, later)

    labels = tuple(map(str, before)), tuple(map(str, now))
    assert changes == Difference("T7.1", "Que dire ?", *labels)
    assert changes.change is change


def test_replies_of_choice_in_another_order_are_the_same():
    before = {("", "q"): AnswerValues("Qui ?", frozenset({"a", "b"}), ("A", "B"))}
    now = {("", "q"): AnswerValues("Qui donc ?", frozenset({"b", "a"}), ("B", "A"))}

    assert differences(before, now) == []
