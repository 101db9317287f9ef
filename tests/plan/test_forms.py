"""Plan forms: the rules of the file's columns, the axis of a measure, texts stored meanwhile."""

import pytest
from werkzeug.datastructures import MultiDict

from consultation.db.stale import digest
from consultation.plan.drafts import AxisDraft
from consultation.plan.forms import IndicatorForm, MeasureForm, NewMeasureForm, measure_values
from tests.plan.builders import make_indicator_draft, make_measure_draft

AXES = [AxisDraft("A", {"fr": "Agir"}), AxisDraft("B", {"fr": "Bâtir", "en": "Build"})]


def measure_form(kind=MeasureForm, **typed):
    return kind(MultiDict({"title": "Former", **typed}), axes=AXES, hint="")


def test_measure_form_ignores_the_fields_of_a_new_axis_once_an_axis_is_chosen():
    form = measure_form(chosen_axis="B", axis="é !", axis_title="", axis_title_en="Alone")

    assert form.validate()
    assert form.axis_draft() == AXES[1]


def test_measure_form_names_a_new_axis_in_both_languages():
    form = measure_form(chosen_axis="", axis="C", axis_title="Coopérer", axis_title_en="Cooperate")

    assert form.validate()
    assert form.axis_draft() == AxisDraft("C", {"fr": "Coopérer", "en": "Cooperate"})


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"chosen_axis": "Z", "axis": "é !"}, {"chosen_axis"}),
        ({"chosen_axis": ""}, {"axis", "axis_title"}),
        ({}, {"axis", "axis_title"}),
        ({"chosen_axis": "", "axis": "a", "axis_title": "Autre"}, {"axis"}),
        (
            {"chosen_axis": "", "axis": "C", "axis_title_en": "Alone"},
            {"axis_title", "axis_title_en"},
        ),
    ],
)
def test_measure_form_needs_an_axis_of_the_plan_or_a_whole_new_one(typed, names):
    form = measure_form(**typed)

    assert not form.validate()
    assert set(form.errors) == names


def test_plan_form_refuses_an_english_text_alone_beside_it():
    form = IndicatorForm(MultiDict({"label": "Part", "unit": " ", "unit_en": "months"}))

    assert not form.validate()
    assert set(form.errors) == {"unit_en"}
    assert form.unit_en.errors[0].startswith("Le texte anglais est là sans le texte français. ")


def test_new_measure_form_lists_the_code_first(app, session):
    form = measure_form(NewMeasureForm, title="", code="é !")

    assert not form.validate()
    assert [problem.anchor for problem in form.problems][:1] == ["code"]


def test_indicator_form_gives_the_draft_its_cleaned_texts():
    form = IndicatorForm(
        MultiDict(
            {"label": " Part  des\x00 services ", "baseline": "19 %\r\n(2025)", "reason": " "}
        )
    )

    assert form.validate()
    edited = form.edited(make_indicator_draft("1.1"))
    assert edited.label == {"fr": "Part des services"}
    assert edited.baseline == {"fr": "19 %\n(2025)"}
    assert (edited.reason, edited.unit) == (None, None)


def test_plan_form_puts_stored_texts_beside_those_that_differ_only():
    stored = measure_values(make_measure_draft("1", title="Informer", axis="B"))
    form = measure_form(chosen_axis="A", lead="", digest="old")

    form.compare(stored)

    displayed = {field.name: field.stored for field in form if field.stored is not None}
    assert displayed == {"title": "Informer", "chosen_axis": "B"}
    assert form.digest.data == digest(stored)


def test_plan_form_sends_again_what_is_filled_in():
    form = measure_form(chosen_axis="A", is_shipped="on", digest="d", keep="title")

    assert form.validate()
    sent = {"title": "Former", "chosen_axis": "A", "is_shipped": "on", "digest": "d"}
    assert form.sent_again() == sent
