"""Picked figures: cited by number in a form, stored by their full names."""

import pytest

from consultation.reports import figures
from consultation.reports.figures import Figure
from consultation.reports.writing import picks


def value(code, reporter, place, *, is_alone=False):
    """An observed value at mid-term, among several unless it is alone."""
    suffix = "" if is_alone else f":{reporter[1]}"
    facts = {"point": "midterm", "day": "", "reported_by": reporter[0]}
    id = f"valeur:{code}@mi-parcours{suffix}"
    return Figure(id, "valeur", code, {"fr": code}, facts, f"valeur:public{place}")


STATE, COLLECTIVE, OTHERS = (
    ("state", "etat"),
    ("collective", "collectif"),
    ("association", "association"),
)
ALONE, OF_OTHERS = value("T7.1", STATE, 1, is_alone=True), value("T8.1", OTHERS, 2, is_alone=True)
KNOWN = figures.indexed([ALONE, OF_OTHERS])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[1] et [2]", "{{valeur:T7.1@mi-parcours:etat}} et [2]"),
        ("{{valeur:T7.1@mi-parcours}}", "{{valeur:T7.1@mi-parcours:etat}}"),
        ("{{Valeur:T7.1@mi-parcours:état}}", "{{valeur:T7.1@mi-parcours:etat}}"),
        ("{{valeur:T8.1@mi-parcours}}", "{{valeur:T8.1@mi-parcours:association:public2}}"),
        (
            "{{valeur:T8.1@mi-parcours:association}}",
            "{{valeur:T8.1@mi-parcours:association:public2}}",
        ),
        ("[1](https://exemple.fr) \\\\[1] [x] [0] [999]", None),
    ],
)
def test_numbers_and_short_names_become_full_names(text, named):
    assert picks.named(text, [ALONE], KNOWN) == (text if named is None else named)


def test_full_name_names_the_same_figure_beside_another_source():
    later = [value("T7.1", STATE, 1), value("T7.1", COLLECTIVE, 3)]

    known = figures.indexed(later)

    assert known["valeur:t7.1@mi-parcours:etat"] is later[0]
    assert "valeur:t7.1@mi-parcours" not in known


def test_text_is_numbered_and_named_back():
    text = "De {{valeur:T7.1@mi-parcours:etat}} à {{valeur:T9.9@fin}}."
    picked = picks.cited_in([text], KNOWN)

    numbered = picks.numbered(text, picked, KNOWN)

    assert numbered == "De [1] à {{valeur:T9.9@fin}}."
    assert picks.named(numbered, picked, KNOWN) == text


def test_figure_that_is_public_no_more_keeps_its_number():
    picked = picks.from_ids(["valeur:t9.9@fin", ALONE.full_id, "<script>"], KNOWN)

    assert picked == [None, ALONE, None]
    assert picks.missing("[1] [2] [3] [4]", picked) == [1, 3, 4]
    assert len(picks.from_ids(["x"] * 5000, KNOWN)) == picks.MOST_PICKED
