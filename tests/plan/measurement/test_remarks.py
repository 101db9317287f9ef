"""Remarks on wordings, compared with those of people on a hundred of them.

The rules were written before anybody looked at what they say of `held_out.csv`, which was written
before them; they may be bent to `known.csv`, never to the other.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from consultation.plan.drafts import IndicatorDraft
from consultation.plan.measurement.remarks import remarks_on
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, Remark

OF_TEXTS = {Remark.UNCOUNTABLE, Remark.TWO_THINGS, Remark.NO_DENOMINATOR}
"""Those that have to understand a text; the others see that a field is blank."""


def localized(text):
    return {"fr": text} if text else None


def judged(name):
    """Return each wording of a file with the remarks that people made on it."""
    with (Path(__file__).parent / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            texts = ("label", "definition", "unit", "data_source", "final_target")
            kind = MeasuredAs(row["measured_as"]) if row["measured_as"] else None
            wording = {name: localized(row[name]) for name in texts}
            draft = IndicatorDraft("M1.1", **wording, measurement=Measurement(kind))
            yield draft, set(map(Remark, row["expected"].split()))


def rates(name, remarks):
    """Return precision and recall over those of the remarks."""
    counts = Counter()
    for draft, expected in judged(name):
        made, wanted = set(remarks_on(draft)) & remarks, expected & remarks
        counts.update(right=len(made & wanted), made=len(made), wanted=len(wanted))
    return counts["right"] / counts["made"], counts["right"] / counts["wanted"]


@pytest.mark.parametrize("name", ["held_out.csv", "known.csv"])
@pytest.mark.parametrize("remarks", [set(Remark), OF_TEXTS], ids=["all", "of texts"])
def test_four_remarks_of_five_are_right(recorded, name, remarks):
    precision, made = rates(name, remarks)

    recorded(f"Remarks on {name}, {len(remarks)} rules", f"{precision:.2f} right, {made:.2f} made")
    assert precision >= 0.8


def test_hundred_wordings_are_judged_and_each_remark_is_in_both_halves():
    for name in ("held_out.csv", "known.csv"):
        wordings = list(judged(name))
        assert len(wordings) == 50
        assert set().union(*(expected for _draft, expected in wordings)) == set(Remark)


@pytest.mark.parametrize(
    ("target", "figure", "is_dated"),
    [
        ("300 places", None, False),
        ("300 places fin 2027", None, True),
        ("300 places", Figure(300.0, "2027"), True),
        ("", Figure(300.0), False),
        ("", None, True),
    ],
)
def test_typed_date_dates_a_target(target, figure, is_dated):
    draft = IndicatorDraft(
        "M1.1",
        {"fr": "Nombre de places"},
        final_target=localized(target),
        measurement=Measurement(MeasuredAs.NUMBER, final=figure),
    )

    assert (Remark.UNDATED_TARGET not in remarks_on(draft)) is is_dated
