"""Chosen filters of the overview: each in words, with the address that it is taken off by."""

import pytest

from consultation.plan.models import Assessor, Axis
from consultation.plan.overview.chips import chips, parameters
from consultation.plan.overview.lines import NO_WORD, UNJUDGED, Narrowing

AXES = [Axis(code="T", title={"fr": "Travail forcé"}), Axis(code="U", title={"fr": "Autre"})]


@pytest.fixture(autouse=True)
def in_request(app):
    with app.test_request_context():
        yield


def texts(narrowing):
    return [it.text.replace("\u00a0", " ").replace("’", "'") for it in chips(narrowing, AXES)]


def test_each_chosen_filter_has_a_chip_that_leaves_the_others():
    narrowing = Narrowing("T", Assessor.STATE, "done", "late", is_disputed=True, query="abri")

    made = chips(narrowing, AXES)

    assert texts(narrowing) == [
        "Travail forcé", "D'après l'État", "Mesure réalisée", "Indicateur en retard",
        "Avis divergents", "« abri »",
    ]  # fmt: skip
    for chip, left_out in zip(made, parameters(narrowing), strict=True):
        assert chip.others == {
            name: value for name, value in parameters(narrowing).items() if name != left_out
        }


def test_what_is_not_there_is_a_filter_as_well():
    assert texts(Narrowing(level=UNJUDGED)) == ["Mesure pas encore évaluée"]
    assert texts(Narrowing(progress=NO_WORD)) == ["Indicateur sans conclusion"]


def test_nothing_chosen_has_no_chip():
    assert chips(Narrowing(), AXES) == []
