"""Editor forms: what is carried along, what another organiser has stored, where errors go."""

import pytest
from werkzeug.datastructures import MultiDict

from consultation.i18n import LOCALES
from consultation.questionnaires.editor.forms import QuestionForm, SectionForm
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.structure import Condition, Scope
from tests.questionnaires.outline_builders import make_question, make_section, options

CHOICE = make_question(
    "avis",
    QuestionKind.SINGLE_CHOICE,
    options=options("oui", "non"),
    condition=Condition("autre", ("a", "b")),
)


def typed(form, **changes):
    """The form as it is sent back, with some fields typed anew."""
    fields = {field.name: field.data for field in form if field.type != "OptionsField"}
    fields["option_code"] = [row.code for row in form.options.data]
    for tag in LOCALES:
        fields[f"option_{tag}"] = [row.texts.get(tag, "") for row in form.options.data]
    sent = {name: value for name, value in (fields | changes).items() if value is not False}
    return QuestionForm(MultiDict(sent))


def stored(form):
    return {field.name: field.stored for field in form if field.stored is not None}


def test_question_form_gives_back_the_question_that_it_was_made_of():
    form = typed(QuestionForm.of(CHOICE, "s", "d"))

    assert form.to_question(None, ()) == CHOICE


@pytest.mark.parametrize("kind", QuestionKind)
def test_question_form_displays_or_carries_every_field_of_a_kind(kind):
    form = QuestionForm(MultiDict({"kind": kind}))

    names = {field.name for field in form.carried}

    assert {name for name in names if form.displays(name)} == set()
    assert ("low_en" in names) is (kind is not QuestionKind.SCALE)
    assert ("hint" in names) is (kind is QuestionKind.NOTE)


def test_question_form_displays_what_another_organiser_stored_at_each_field():
    mine = typed(
        QuestionForm.of(CHOICE, "s", "d"),
        label="Mon texte",
        is_required="1",
        kind="yes_no",
        any_of=["a"],
        option_fr=["Oui !", "Non"],
    )
    other = QuestionForm.of(CHOICE, "s", "e")
    other.controller.choices = {"autre": "Selon « Autre »"}
    other.any_of.choices = {"a": "Un", "b": "Deux"}

    mine.display_stored(other)

    assert stored(mine) == {
        "label": CHOICE.label["fr"],
        "kind": "Une réponse au choix",
        "is_required": "non",
        "options": "\n".join(f"{it.code} : {it.label['fr']}" for it in CHOICE.options),
        "controller": "Selon « Autre » : Un, Deux",
    }


def test_blank_rows_of_options_are_no_difference():
    mine = typed(QuestionForm.of(CHOICE, "s", "d"))
    mine.options.add_rows()

    mine.display_stored(QuestionForm.of(CHOICE, "s", "e"))

    assert stored(mine) == {}


def test_section_form_displays_what_another_organiser_stored():
    section = make_section("s", scope=Scope.INSERT, measures=("T7", "T8"))
    mine = SectionForm(MultiDict({"scope": "tool", "title": section.title["fr"]}))

    mine.display_stored(SectionForm.of(section, "e"))

    assert stored(mine) == {"scope": "Seulement dans certaines mesures", "measures": "T7, T8"}


def test_outline_errors_are_noted_at_their_field_and_those_of_other_questions_returned():
    form = QuestionForm(MultiDict({"kind": "single_choice"}))
    own = [OutlineError("s", "avis", field, field, "Non.") for field in ("options", "options_en")]
    other = OutlineError("s", "suite", "condition", "suite", "Non.")

    elsewhere = form.add_outline_errors([*own, other], lambda error: error.question == "avis")

    assert elsewhere == [other]
    assert [(it.anchor, it.sentence) for it in form.problems] == [
        ("options", "Options. Non. Options_en. Non.")
    ]


@pytest.mark.parametrize(
    ("action", "focus"),
    [
        ("rows", "option-2-fr"),
        ("up-1", "option-0-up"),
        ("down-1", "option-1-down"),
        ("drop-1", "option-0-fr"),
        ("up-7", "settings"),
        ("drop-x", "settings"),
        ("redraw", "settings"),
        ("", None),
        ("keep", None),
    ],
)
def test_redrawn_form_goes_on_at_the_control_of_the_button(action, focus):
    assert QuestionForm.of(CHOICE, "s", "d").redraw(action) == focus
