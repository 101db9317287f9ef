"""Differences in a document: changes side by side are one, and both texts are whole."""

from hypothesis import given
from hypothesis import strategies as st

from consultation.plan.text_diff import Part, TextChange, joined

LABELS = st.lists(st.sampled_from(["un", "deux", "trois", "quatre", "cinq"]), max_size=12)
TEXTS = LABELS.map(" ".join)


def sides(parts):
    before = "".join(it.text for it in parts if not it.is_added)
    return before, "".join(it.text for it in parts if not it.is_removed)


@given(before=TEXTS, after=TEXTS)
def test_joined_parts_reassemble_both_texts(before, after):
    assert sides(joined(TextChange("", before, after).parts)) == (before, after)


def test_changes_that_only_blanks_keep_apart_are_joined():
    parts = joined(TextChange("", "chaque année, par département", "chaque année, en France").parts)

    assert parts == [
        Part("chaque année, "),
        Part("par département", is_removed=True),
        Part("en France", is_added=True),
    ]
