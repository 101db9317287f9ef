"""Staff forms: cleaned texts, one sentence per error, displayed with their label and their list."""

import re

from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField

from consultation.web.forms import (
    BoxesField,
    ChoiceField,
    LineField,
    StaffForm,
    TextField,
    at_most,
    required,
)

PAGE = """{% from "_forms.html" import csrf, error_summary, field with context %}
{{ error_summary(form, more) }}{{ csrf() }}{% for it in form %}{{ field(it) }}{% endfor %}"""

MORE = [("x", "Autre", "Non."), ("/organisation/plan", "Ailleurs", "Vide.")]


class LetterForm(StaffForm):
    """One field of each sort."""

    subject = LineField("Objet", [required("Écrivez l'objet."), at_most(10)], description="Court.")
    body = TextField("Texte")
    is_urgent = BooleanField("Urgent")
    language = RadioField("Langue", choices=[("fr", "Français"), ("en", "Anglais")])
    groups = BoxesField("Groupes", choices=[("a", "A"), ("b", "B")])


def typed(**texts: str) -> LetterForm:
    form = LetterForm(MultiDict({"language": "fr", **texts}))
    form.validate()
    return form


def test_text_fields_are_cleaned_and_lines_are_one_line():
    form = typed(subject=" Bon\x00jour\r\n à tous ", body="a\r\nb\x07")
    assert (form.subject.data, form.body.data) == ("Bonjour à tous", "a\nb")


def test_text_fields_are_empty_where_nothing_was_sent():
    form = typed()
    assert (form.subject.data, form.body.data) == ("", "")


def test_required_refuses_a_blank_and_says_one_thing():
    assert typed(subject=" \t ").problems[0] == ("subject", "Objet", "Écrivez l'objet.")
    assert len(typed(subject="").subject.errors) == 1


def test_at_most_counts_utf_16_units():
    assert typed(subject="😀" * 5).subject.errors == []
    message = "Ce texte compte 12 caractères : 10 au plus."
    assert typed(subject="😀" * 6).problems[0].sentence == message


def test_problems_hold_what_a_service_found_in_the_order_of_the_form():
    form = typed(subject="x")
    form.add_errors({"body": "Trop vague.", "subject": "Déjà pris."})
    assert [it.sentence for it in form.problems] == ["Déjà pris.", "Trop vague."]


def test_field_macros_tie_hint_error_and_stored_version_to_the_control(app: Flask):
    form = LetterForm(MultiDict({"subject": ""}), stored={"subject": "Lundi", "body": ""})
    form.validate()
    with app.test_request_context("/organisation"):
        page = render_template_string(PAGE, form=form, more=MORE)
    control = re.search(r'<input[^>]*name="subject"[^>]*>', page)[0]
    assert 'aria-describedby="subject-hint subject-error subject-stored"' in control
    assert 'aria-invalid="true"' in control
    assert " required" not in page
    assert "maxlength" not in page
    assert '<a href="#subject">Objet</a> — Écrivez l’objet.' in page
    assert '<a href="#x">Autre</a> — Non.' in page
    assert '<a href="/organisation/plan">Ailleurs</a> — Vide.' in page
    assert 'id="subject-stored"' in page
    assert "(vide)" in page  # the body that somebody else has emptied
    assert 'name="csrf_token" value="' in page
    assert page.count('type="radio"') == 2
    assert page.count('type="checkbox"') == 3
    assert len(re.findall('<fieldset [^>]*tabindex="-1"', page)) == 2  # errors link to them


def test_choice_field_has_one_sentence_for_what_its_list_lacks_and_typesets_labels(app: Flask):
    class ColourForm(StaffForm):
        colour = ChoiceField(
            "Couleur",
            choices=[("r", "Rouge : vif"), ("b", "Bleu")],
            invalid_choice_message="Choisissez une couleur.",
        )

    wrong, right = ColourForm(MultiDict({"colour": "v"})), ColourForm(MultiDict({"colour": "b"}))

    assert (wrong.validate(), wrong.colour.errors) == (False, ["Choisissez une couleur."])
    assert (right.validate(), right.colour.data) == (True, "b")
    with app.test_request_context("/organisation"):
        assert "Rouge\N{NO-BREAK SPACE}: vif" in right.colour()
        assert '<option selected value="b">' in right.colour()
