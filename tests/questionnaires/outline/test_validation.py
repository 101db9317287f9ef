"""Outline validation: each error at its field, with its remedy."""

from dataclasses import replace

import pytest

from consultation.plan.models import Level
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.outline import validation
from consultation.questionnaires.outline.structure import Condition, Outline, OutlineOption, Scope
from consultation.responses.models import Respondent
from consultation.settings import SETTINGS
from tests.questionnaires.outline_builders import (
    CAPACITY,
    DEFAULT,
    make_outline,
    make_question,
    make_section,
    options,
    with_question,
)

CHOICE, SCALE, NUMBER = QuestionKind.SINGLE_CHOICE, QuestionKind.SCALE, QuestionKind.NUMBER
MEASURES = {"T7": 2, "T8": 0}


def errors_of(made):
    return [
        (error.question or error.section, error.field, error.sentence)
        for error in validation.find_errors(made, MEASURES)
    ]


def test_shipped_questionnaire_is_sound_and_all_in_english():
    assert validation.find_errors(DEFAULT, MEASURES) == []
    assert validation.find_oversized_form(DEFAULT, MEASURES) == []
    assert validation.lacking(DEFAULT) == {}
    assert validation.unanswerable(DEFAULT) == {}


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"label": {}}, "label", "La question n'a pas d'intitulé en français"),
        ({"label": {"en": "Why?"}}, "label_en", "anglais est là sans le texte français"),
        ({"label": {"fr": "é" * 2001}}, "label", "dépasse de 1 caractères les 2000"),
        ({"hint": {"fr": "x", "en": "y" * 2002}}, "hint_en", "dépasse de 2 caractères"),
        ({"code": "Avis"}, "code", "« Avis » ne convient pas"),
        ({"code": "a" * 41}, "code", "40 caractères au plus"),
        ({"settings": {}}, "maximum", "la longueur de la réponse n'est pas fixée"),
        ({"settings": {"maximum": 20_001}}, "maximum", "de 1 à 20000"),
        ({"settings": {"maximum": "abc"}}, "maximum", "n'est pas fixée"),
        ({"kind": CHOICE, "options": ()}, "options", "au moins deux réponses proposées"),
        (
            {"kind": CHOICE, "options": options("a", "a")},
            "options",
            "deux réponses proposées ont le code",
        ),
        ({"kind": CHOICE, "options": options("a", "É")}, "options", "« É » ne convient pas"),
        (
            {"kind": CHOICE, "options": (*options("a"), OutlineOption("b", {}))},
            "options",
            "« b » n'a pas de texte français",
        ),
        (
            {"kind": CHOICE, "options": options(*(f"m{n}" for n in range(201)))},
            "options",
            "il y a 201 réponses proposées",
        ),
        ({"options": options("a", "b")}, "options", "n'a pas de réponses proposées"),
        ({"kind": SCALE, "settings": {"minimum": 9, "maximum": 1}}, "minimum", "deux bouts"),
        ({"kind": SCALE, "settings": {"minimum": 0, "maximum": 11}}, "minimum", "0 à 10"),
        (
            {"kind": SCALE, "settings": {"minimum": 1, "maximum": 5, "low": {"fr": "x" * 301}}},
            "low",
            "dépasse de 1",
        ),
        ({"kind": NUMBER, "settings": {"minimum": 5, "maximum": 1}}, "minimum", "dépasse"),
        ({"kind": NUMBER, "settings": {"minimum": "douze"}}, "minimum", "« douze » n'est pas"),
        ({"kind": QuestionKind.EMAIL, "settings": {}}, "kind", "parmi les réponses"),
    ],
)
def test_fault_of_a_question_is_said_at_its_field(values, field, sentence):
    made = make_outline(replace(make_question("avis"), **values))

    errors = errors_of(made)

    assert [it for it in errors if it[1] == field and sentence.lower() in it[2].lower()], errors


def test_organisation_may_be_as_long_as_the_column_that_keeps_it_and_no_longer():
    longest = Respondent.__table__.c.organisation.type.length

    def errors_for(maximum):
        question = make_question(
            "organisation",
            QuestionKind.SHORT_TEXT,
            destination=Destination.ORGANISATION,
            settings={"maximum": maximum},
        )
        who = make_section("also", question, scope=Scope.EVERYONE)
        errors = errors_of(make_outline(make_question("avis"), others=(who,)))
        return [(field, sentence) for code, field, sentence in errors if code == "organisation"]

    assert errors_for(longest) == []
    ((field, sentence),) = errors_for(longest + 1)
    assert (field, f"de 1 à {longest}" in sentence) == ("maximum", True)


@pytest.mark.parametrize(
    ("section", "field", "sentence"),
    [
        (make_section("x", title=None), "title", "pas de titre en français"),
        (make_section("x", title={"fr": "t" * 301}), "title", "dépasse de 1"),
        (make_section("x", intro={"fr": "t" * 5001}), "intro", "dépasse de 1"),
        (make_section("X"), "code", "ne convient pas"),
        (make_section("core"), "code", "celui d'une autre rubrique"),
        (make_section("x", scope=Scope.INSERT), "measures", "ne nomme aucune mesure"),
        (
            make_section("x", scope=Scope.INSERT, measures=("T7", "Z1")),
            "measures",
            "n'a pour code « Z1 »",
        ),
    ],
)
def test_fault_of_a_section_is_said_at_its_field(section, field, sentence):
    errors = errors_of(make_outline(make_question("avis"), others=[section]))

    assert [it for it in errors if it[1] == field and sentence.lower() in it[2].lower()], errors


def test_one_code_is_that_of_one_question_wherever_it_stands():
    made = make_outline(make_question("avis"), others=[make_section("x", make_question("avis"))])

    assert "est déjà celui d'une autre question" in errors_of(made)[0][2]


def asked_if(code, other, *any_of):
    return make_question(code, CHOICE, condition=Condition(other, any_of or ("oui",)))


@pytest.mark.parametrize(
    ("questions", "path"),
    [
        ([asked_if("a", "a")], "« a » → « a »"),
        ([asked_if("a", "b"), asked_if("b", "a")], "« a » → « b » → « a »"),
        ([asked_if("a", "partie")], "n'existe pas : « a » → « partie »"),
        ([asked_if("a", "b"), make_question("b", CHOICE)], "n'est pas posée avant elle"),
        ([make_question("b"), asked_if("a", "b")], "avec des réponses à choisir"),
        (
            [make_question("b", CHOICE), asked_if("a", "b", "peut_etre")],
            "n'offre pas « peut_etre »",
        ),
    ],
)
def test_condition_that_cannot_hold_is_shown_with_its_path(questions, path):
    errors = errors_of(make_outline(*questions))

    assert any(it[1] == "condition" and path in it[2] for it in errors), errors


def test_no_condition_waits_for_the_no_of_a_statement():
    ticked = make_question("b", QuestionKind.YES_NO, settings={"statement": True})
    chosen = make_question("b", QuestionKind.YES_NO)

    (error,) = errors_of(make_outline(ticked, asked_if("a", "b", "no")))

    assert error[:2] == ("a", "condition")
    assert "« b » n'offre pas « no »" in error[2]
    assert "une case vide n'envoie rien" in error[2]
    assert errors_of(make_outline(ticked, asked_if("a", "b", "yes"))) == []
    assert errors_of(make_outline(chosen, asked_if("a", "b", "no"))) == []


@pytest.mark.parametrize(
    ("above", "below", "may"),
    [
        (Scope.EVERYONE, Scope.TOOL, True),
        (Scope.MEASURE, Scope.INSERT, True),
        (Scope.INSERT, Scope.MEASURE, False),
        (Scope.TOOL, Scope.MEASURE, False),
        (Scope.MEASURE, Scope.EVERYONE, False),
        (Scope.MEASURE, Scope.INDICATOR, False),
        (Scope.INDICATOR, Scope.INDICATOR, True),
    ],
)
def test_question_depends_only_on_one_that_all_its_forms_ask(above, below, may):
    first = make_section("x", make_question("b", CHOICE), scope=above, measures=("T7",))
    second = make_section("y", asked_if("a", "b"), scope=below, measures=("T7",))

    errors = errors_of(make_outline(make_question("avis"), others=[first, second]))

    assert (errors == []) is may, errors


def test_scale_and_yes_or_no_can_be_depended_on():
    scale = make_question("note", SCALE)
    yes_no = make_question("accord", QuestionKind.YES_NO)

    assert (
        errors_of(
            make_outline(scale, yes_no, asked_if("a", "note", "9"), asked_if("b", "accord", "yes"))
        )
        == []
    )


@pytest.mark.parametrize(
    "capacity",
    [
        None,
        replace(CAPACITY, is_required=False),
        replace(CAPACITY, condition=Condition("avis", ("oui",))),
    ],
)
def test_capacity_is_asked_of_everybody(capacity):
    questions = [capacity] if capacity else []
    made = Outline((make_section("who", *questions, scope=Scope.EVERYONE),))

    assert (
        "la qualité de la personne qui répond n'est pas demandée partout"
        in str(errors_of(made)).lower()
    )


def test_questions_about_the_person_keep_their_kind_and_stand_everywhere():
    made = with_question(DEFAULT, "name", kind=QuestionKind.LONG_TEXT, settings={"maximum": 9})
    moved = make_outline(
        make_question("nom", QuestionKind.SHORT_TEXT, destination=Destination.NAME)
    )

    assert "ne peut pas changer de type" in str(errors_of(made))
    assert "se pose dans tous les formulaires" in str(errors_of(moved))


def test_five_hundred_questions_are_taken_and_one_more_is_not():
    full = make_outline(*(make_question(f"q{n}") for n in range(498)))
    over = make_outline(*(make_question(f"q{n}") for n in range(499)))

    assert errors_of(full) == []
    assert "501 questions, la limite est de 500" in str(errors_of(over))


def test_form_with_more_fields_than_can_be_sent_is_named():
    boxes = make_question(
        "cases", QuestionKind.MULTIPLE_CHOICE, options=options(*(f"m{n}" for n in range(200)))
    )
    repeated = make_section("i", boxes, scope=Scope.INDICATOR, title=None)
    made = make_outline(make_question("avis"), others=[repeated])

    assert validation.find_oversized_form(made, {"T7": 9, "T8": 2}) == []
    (error,) = validation.find_oversized_form(made, {"T8": 2, "T7": 10})
    assert "le formulaire de la mesure T7 aurait 2002 cases" in error.what


WHO = make_section("who", CAPACITY, scope=Scope.EVERYONE)


def of(scope, *questions):
    return make_section(scope.value, *questions, scope=scope, measures=("T7",))


@pytest.mark.parametrize(
    ("sections", "mute"),
    [
        ([of(Scope.MEASURE, make_question("a"))], ["le formulaire sur l'ensemble des indicateurs"]),
        ([of(Scope.TOOL, make_question("a"))], ["le formulaire des mesures"]),
        (
            [of(Scope.TOOL, make_question("a")), of(Scope.INSERT, make_question("b"))],
            ["le formulaire des mesures"],
        ),
        (
            [of(Scope.EVERYONE, make_question("a", QuestionKind.NOTE))],
            ["le formulaire des mesures", "le formulaire sur l'ensemble des indicateurs"],
        ),
        ([of(Scope.INDICATOR, make_question("a")), of(Scope.TOOL, make_question("b"))], []),
        ([of(Scope.EVERYONE, make_question("a"))], []),
    ],
)
def test_form_asks_more_than_who_answers(sections, mute):
    errors = [sentence for _, _, sentence in errors_of(Outline((*sections, WHO)))]

    assert [it.lower().partition(" ne demande")[0] for it in errors] == mute
    assert all("posez une question au moins" in it.lower() for it in errors)


def test_measure_without_indicators_is_asked_more_than_who_answers():
    made = Outline(
        (of(Scope.INDICATOR, make_question("a")), of(Scope.TOOL, make_question("b")), WHO)
    )
    insert = Outline((*made.sections, of(Scope.INSERT, make_question("c"))))
    many = {f"M{number}": 0 for number in range(14)}

    assert validation.find_unanswerable_forms(made, {"T7": 1}) == []
    (error,) = validation.find_unanswerable_forms(made, {"T7": 0, "T8": 2})
    assert "la mesure T7, qui n'a pas d'indicateur, ne demande rien" in error.what
    (error,) = validation.find_unanswerable_forms(made, many)
    assert "M10, M11 et 2 autres, qui n'ont pas d'indicateur, ne demandent rien" in error.what
    assert validation.find_unanswerable_forms(insert, {"T7": 0, "T8": 2}) == []
    assert validation.find_unanswerable_forms(Outline((WHO,)), {"T7": 0}) == []


def test_largest_form_can_be_sent():
    limit = next(it.default for it in SETTINGS if it.name == "FIELDS_LIMIT")

    assert limit >= validation.MOST_FIELDS + 50


def test_english_that_is_missing_is_counted_and_stops_nothing():
    made = make_outline(
        make_question("avis", CHOICE, label={"fr": "Avis", "en": "View"}, options=options("a", "b"))
    )

    # 2 options, 3 titles of sections, what the tool is asked, and the capacity with its 2 options
    assert validation.lacking(made) == {"en": 9}
    hindering = validation.unanswerable(made)
    assert {tag: [it.code for it in questions] for tag, questions in hindering.items()} == {
        "en": ["capacity"]  # which is required
    }
    assert validation.lacking(made, ("fr",)) == validation.unanswerable(made, ("fr",)) == {}
    assert errors_of(made) == []


def test_respondents_judge_a_measure_on_the_scale_of_the_official_judgements():
    labels = [option.label["fr"].lower() for option in DEFAULT.question("standing").options]

    assert labels == [*Level.labels(), "je ne sais pas"]


def test_whether_one_may_be_quoted_has_three_answers():
    quotation = DEFAULT.question("consent_quotation")
    made = with_question(DEFAULT, "consent_quotation", options=quotation.options[:2])

    errors = validation.find_errors(made, MEASURES)

    assert [(error.question, error.field) for error in errors] == [("consent_quotation", "options")]
    assert "trois réponses" in errors[0].what
