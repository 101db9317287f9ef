"""Two texts compared word by word."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from consultation.plan.text_diff import Part, TextChange


def parts(before, after):
    return TextChange("intitulé", before, after).parts


def test_what_stays_what_goes_and_what_comes_are_in_reading_order():
    assert parts("Places ouvertes en France", "Places occupées en France") == [
        Part("Places "),
        Part("ouvertes", is_removed=True),
        Part("occupées", is_added=True),
        Part(" en France"),
    ]


def test_text_that_begins_or_ends_is_added_or_removed_whole():
    assert parts("", "Nombre") == [Part("Nombre", is_added=True)]
    assert parts("Nombre", "") == [Part("Nombre", is_removed=True)]


def test_both_texts_are_read_from_the_parts_to_the_letter():
    before, after = "Un  texte,\navec des blancs.", "Un texte, sans\nblancs."
    compared = parts(before, after)

    assert "".join(it.text for it in compared if not it.is_added) == before
    assert "".join(it.text for it in compared if not it.is_removed) == after


TEXTS = st.text(alphabet="ab «%\n\u00a0\u202f\u202e👩🏽‍🌾é", max_size=40)


@given(TEXTS, TEXTS)
@settings(max_examples=200)
@example("un deux trois", "trois un deux")
@example("a a a a b", "a a b a a")
def test_any_pair_of_texts_reassembles_from_its_parts(before, after):
    compared = parts(before, after)

    assert "".join(it.text for it in compared if not it.is_added) == before
    assert "".join(it.text for it in compared if not it.is_removed) == after
    assert all(it.text and not (it.is_added and it.is_removed) for it in compared)
