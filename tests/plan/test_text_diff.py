"""Two texts compared word by word."""

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


def test_a_text_that_begins_or_ends_is_added_or_removed_whole():
    assert parts("", "Nombre") == [Part("Nombre", is_added=True)]
    assert parts("Nombre", "") == [Part("Nombre", is_removed=True)]


def test_both_texts_are_read_from_the_parts_to_the_letter():
    before, after = "Un  texte,\navec des blancs.", "Un texte, sans\nblancs."
    compared = parts(before, after)

    assert "".join(it.text for it in compared if not it.is_added) == before
    assert "".join(it.text for it in compared if not it.is_removed) == after
