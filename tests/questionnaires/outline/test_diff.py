"""Outline diff: changes field by field, and the forms that they affect."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import structure as outline_module
from consultation.questionnaires.outline.diff import ChangeKind, compare
from consultation.questionnaires.outline.structure import Condition, Outline, Scope
from consultation.questionnaires.publication.review import compute_impact
from tests.questionnaires.publishing_builders import (
    changed,
    make_question,
    make_section,
    options,
    with_question,
    without,
)

A, B, C = (make_question(code, f"Question {code} ?") for code in "abc")
CHOICE = make_question(
    "choix", "Lequel ?", QuestionKind.SINGLE_CHOICE, options=options("Un", "Deux", "Trois")
)
FIRST = make_section("un", A, B, C, scope=Scope.MEASURE, title={"fr": "Premier"})
SECOND = make_section("deux", CHOICE, scope=Scope.MEASURE, title={"fr": "Deuxième"})
BASE = Outline((FIRST, SECOND))


def changes_of(before, after):
    """Every change as (code, kind, its fields)."""
    changes = compare(before, after)
    return [
        (it.code, it.kind, [(field.label, field.before, field.after) for field in it.fields])
        for it in (*changes.sections, *changes.questions)
    ]


def test_same_outline_changes_nothing():
    assert compare(BASE, BASE).is_empty


def test_from_nothing_all_is_added():
    changes = compare(None, BASE)

    assert {it.kind for it in (*changes.sections, *changes.questions)} == {ChangeKind.ADDED}
    assert [it.code for it in changes.questions] == ["a", "b", "c", "choix"]


def test_new_wording_is_told_with_the_old_one_in_both_languages():
    label, hint = {"fr": "Autre ?", "en": "Other?"}, {"fr": "Une ligne."}

    after = changed(BASE, "a", label=label, hint=hint, is_required=True)

    assert changes_of(BASE, after) == [
        (
            "a",
            ChangeKind.CHANGED,
            [
                ("intitulé", "Question a ?", "Autre ?"),
                ("intitulé (anglais)", "", "Other?"),
                ("aide", "", "Une ligne."),
                ("obligatoire", "non", "oui"),
            ],
        )
    ]


def test_options_are_told_one_by_one():
    un, _, trois = CHOICE.options
    quatre = options("", "", "", "Quatre")[3]
    kept = (trois, replace(un, label={"fr": "Premier"}), quatre)

    after = changed(BASE, "choix", options=kept)

    assert changes_of(BASE, after)[0][2] == [
        ("réponse proposée « o0 »", "Un", "Premier"),
        ("réponse proposée ajoutée", "", "Quatre"),
        ("réponse proposée retirée", "Deux", ""),
        ("ordre des réponses proposées", "Premier · Trois", "Trois · Premier"),
    ]


def test_settings_and_conditions_are_told_in_words():
    after = changed(BASE, "a", settings={"maximum": 100}, condition=Condition("choix", ("o1",)))

    assert changes_of(BASE, after)[0][2] == [
        ("plus grand nombre", "500", "100"),
        ("condition", "toujours posée", "posée si « choix » vaut o1"),
    ]


def test_order_of_languages_and_settings_in_the_database_is_no_change():
    scale = make_question(
        "note",
        kind=QuestionKind.SCALE,
        settings={"minimum": 1, "maximum": 9, "low": {"fr": "peu", "en": "little"}},
    )
    same = replace(
        scale, settings={"low": {"en": "little", "fr": "peu"}, "maximum": 9, "minimum": 1}
    )
    other = replace(scale, settings={**scale.settings, "low": {"fr": "rien", "en": "little"}})
    before = with_question(BASE, "un", scale)

    assert compare(before, changed(before, "note", settings=same.settings)).is_empty
    assert changes_of(before, changed(before, "note", settings=other.settings))[0][2] == [
        ("bas de l'échelle", "peu", "rien")
    ]


def test_question_that_changes_its_place_is_the_only_one_that_moves():
    after = BASE.with_section(replace(FIRST, questions=(B, C, A)))

    assert changes_of(BASE, after) == [
        ("a", ChangeKind.MOVED, [("place", "en tête", "après « Question c ? »")])
    ]


def test_question_that_goes_to_another_section_moves():
    after = with_question(without(BASE, "c"), "deux", C)

    assert changes_of(BASE, after) == [
        ("c", ChangeKind.MOVED, [("rubrique", "« Premier »", "« Deuxième »")])
    ]


def test_moved_section_does_not_move_its_questions():
    changes = compare(BASE, Outline((SECOND, FIRST)))

    assert [(it.kind, len(changes.questions)) for it in changes.sections] == [(ChangeKind.MOVED, 0)]


def test_what_is_removed_comes_last_with_its_last_words():
    after = without(with_question(BASE, "un", make_question("d", "Neuve ?")), "a")

    changes = compare(BASE, after).questions

    assert [(it.code, it.label, it.kind) for it in changes] == [
        ("d", "Neuve ?", ChangeKind.ADDED),
        ("a", "Question a ?", ChangeKind.REMOVED),
    ]


def test_section_for_other_measures_says_which():
    before = Outline((make_section("encart", A, measures=("T7",)),))
    after = Outline((make_section("encart", A, measures=("T7", "T8")),))

    ((_, _, fields),) = changes_of(before, after)

    assert fields == [
        (
            "posée dans",
            "Seulement dans certaines mesures : T7",
            "Seulement dans certaines mesures : T7, T8",
        )
    ]


def test_change_is_weighed_on_the_forms_that_show_it_before_or_after():
    measures = {"T1": 0, "T2": 1, "T3": 2}
    before = Outline(
        (
            make_section("i", A, scope=Scope.INDICATOR),
            make_section("m", B, scope=Scope.MEASURE),
            make_section("t", C, scope=Scope.TOOL),
            make_section("e", CHOICE, scope=Scope.EVERYONE),
        )
    )
    moved = replace(before, sections=(*before.sections, make_section("x", measures=("T2",))))
    after = with_question(without(moved, "c"), "x", C)
    for code in ("a", "b", "choix"):
        after = changed(after, code, hint={"fr": "Neuve"})

    changes = {
        it.change.code: it.forms
        for it in compute_impact(compare(before, after), measures).questions
    }

    assert changes == {
        "a": ("T2", "T3"),
        "b": ("T1", "T2", "T3"),
        "choix": ("T1", "T2", "T3", "outil"),
        "c": ("T2", "outil"),
    }


def test_sentence_counts_questions_and_the_forms_of_them_all():
    measures = {f"M{number}": 1 for number in range(60)}
    after = BASE
    for code in ("a", "b", "choix"):
        after = changed(after, code, hint={"fr": "Neuve"})
    insert = make_section("encart", make_question("x"), make_question("y"), measures=("M1", "M2"))
    after = Outline((*after.sections, insert))

    changes = compute_impact(compare(BASE, after), measures)

    assert changes.sentence == (
        "3 questions modifiées sur 60 formulaires, 2 ajoutées sur 2 ; 1 rubrique ajoutée sur 2"
        " formulaires"
    )


def test_sentence_says_one_and_none():
    insert = make_section("encart", make_question("x"), measures=("T99",))

    changes = compute_impact(compare(BASE, Outline((*BASE.sections, insert))), {"T1": 1})
    removed = compute_impact(compare(BASE, without(BASE, "a")), {"T1": 1})

    assert changes.sentence.startswith("1 question ajoutée sur aucun formulaire")
    assert removed.sentence == "1 question retirée sur 1 formulaire"


@st.composite
def outlines(draw):
    """The shipped questionnaire with its sections and questions shuffled, some left out."""
    base = outline_module.default()
    sections = draw(st.permutations(base.sections))[draw(st.integers(0, 2)) :]
    kept = [
        replace(
            section,
            questions=tuple(draw(st.permutations(section.questions))[draw(st.integers(0, 1)) :]),
        )
        for section in sections
    ]
    return Outline(tuple(kept))


@given(before=outlines(), after=outlines())
def test_nothing_is_told_twice_and_nothing_is_left_out(before, after):
    compared = compare(before, after)

    for changes, old, new in (
        (compared.sections, before.sections, after.sections),
        (compared.questions, before.questions, after.questions),
    ):
        kinds = {it.code: it.kind for it in changes}
        old_codes, new_codes = {it.code for it in old}, {it.code for it in new}
        assert len(kinds) == len(changes)
        assert {
            code for code, kind in kinds.items() if kind is ChangeKind.ADDED
        } == new_codes - old_codes
        assert {
            c for c, kind in kinds.items() if kind is ChangeKind.REMOVED
        } == old_codes - new_codes
    assert compared.is_empty is (before == after)
