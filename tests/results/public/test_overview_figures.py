"""What all figures say together: their outcome and reasons, from what is public alone."""

import pytest

from consultation.results.public.overview import Majorities, Outcome, gist_of, part_of
from consultation.results.public.tables import KeepOrChange, PublicFigures

COUNTS = {"keep": 12, "amend": 8, "drop": 0, "none": 0, "": 0}
NONE = {"count": None, "verdict": "too_few"}


def figures(responses=20, counts=COUNTS, classes=(12, 8), verdict=None, indicator="T7.1"):
    """The public JSON of a measure with a stance on one indicator, and its relevance."""
    stance = {
        "indicator": indicator, "code": "stance", "label": {}, "statistics": None,
        "values": [{"code": code, "label": {}, "count": it} for code, it in counts.items()],
        "classes": classes and [{"code": "", "label": {}, "count": it} for it in classes],
    }  # fmt: skip
    notes = stance | {
        "code": "relevance", "values": [], "classes": None,
        "statistics": verdict and NONE | {"verdict": verdict},
    }  # fmt: skip
    wordings = [{"code": indicator, "label": {}}] if indicator else []
    return PublicFigures(
        {
            "measure": {"code": "T7", "axis": {}}, "responses": responses, "threshold": 5,
            "indicators": wordings, "questions": [stance, notes],
        }
    )  # fmt: skip


HIDDEN = COUNTS | {"keep": None, "": None}


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        (figures(), Outcome.CONCLUDED),
        (figures(counts=HIDDEN, classes=None, verdict="kept"), Outcome.CONCLUDED),
        (figures(counts=HIDDEN, classes=None, verdict="too_few"), Outcome.PROTECTED),
        (figures(9, HIDDEN, None), Outcome.FEW),
        (figures(10, HIDDEN, None), Outcome.PROTECTED),
        (figures(None, dict.fromkeys(COUNTS), None), Outcome.PROTECTED),
        (figures(9, dict.fromkeys(COUNTS, 0), (0, 0)), Outcome.NONE),
        (figures(9, HIDDEN, None, indicator=None), Outcome.NONE),
    ],
)
def test_outcome_never_calls_few_what_is_hidden_to_protect_another(figures, outcome):
    assert gist_of(figures).outcome is outcome


def test_part_adds_up_what_is_public_and_takes_the_total_as_it_is():
    gists = [gist_of(figures()), gist_of(figures(None, dict.fromkeys(COUNTS), None))]

    hidden = part_of(gists, {"kept": None, "changed": None})
    total = part_of(gists, {"kept": 14, "changed": 9})

    assert (hidden.measures, hidden.uncounted, hidden.responses) == (2, 1, 20)
    assert (hidden.indicators, hidden.concluded) == (2, 1)
    assert hidden.opinion.base is None
    assert (total.opinion.kept, total.opinion.changed) == (14, 9)
    assert part_of([], None).responses == 0


def test_majority_is_of_those_who_would_keep_or_change_and_none_if_even():
    opinions = [KeepOrChange(6, 5), KeepOrChange(5, 9), KeepOrChange(7, 7), KeepOrChange(0, 8)]

    assert Majorities.of(opinions) == (1, 2, 1)
    assert Majorities.of([]) == (0, 0, 0)
