"""Comparability: breaks are named, and a question keeps its meaning or takes a new code."""

from dataclasses import replace

import pytest

from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.outline import answer_comparability, structure
from consultation.questionnaires.outline.answer_comparability import (
    collect_meanings,
    find_breaks,
    restore_meaning,
)
from consultation.questionnaires.outline.codes import free_code
from consultation.questionnaires.outline.structure import Scope
from tests.factories import make_measure, make_round
from tests.questionnaires.outline_builders import (
    DEFAULT,
    make_outline,
    make_question,
    make_section,
    options,
    with_question,
)

KNOWN = collect_meanings([DEFAULT])
STANCE, RELEVANCE = DEFAULT.question("stance"), DEFAULT.question("relevance")
YES_OR_NO = make_question("known", QuestionKind.YES_NO)
TICKED = make_question("ticked", QuestionKind.YES_NO, settings={"statement": True})


def test_unpublished_code_breaks_nothing():
    assert find_breaks(KNOWN, make_question("avis")) == []


@pytest.mark.parametrize(
    "values",
    [
        {"label": {"fr": "Autre"}},
        {"label": {"fr": STANCE.label["fr"], "en": "Other"}},
        {"hint": {"fr": "Aide"}},
        {"is_required": True},
        {"options": (*STANCE.options, *options("autre"))},
        {"options": tuple(reversed(STANCE.options))},
        {"options": tuple(replace(it, label={"fr": "Mot"}) for it in STANCE.options)},
    ],
)
def test_wording_order_and_more_options_break_nothing(values):
    assert find_breaks(KNOWN, replace(STANCE, **values), Scope.INDICATOR) == []


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (
            replace(STANCE, options=STANCE.options[1:]),
            "des réponses proposées disparaissent : « Le garder »",
        ),
        (
            replace(STANCE, kind=QuestionKind.MULTIPLE_CHOICE),
            "une réponse au choix, puis plusieurs réponses au choix",
        ),
        (replace(STANCE, destination=Destination.NAME), "ce que la réponse remplit change"),
        (
            replace(RELEVANCE, settings={**RELEVANCE.settings, "maximum": 5}),
            "les bouts de l'échelle changent",
        ),
    ],
)
def test_what_changes_the_meaning_is_said(question, reason):
    (sentence,) = find_breaks(KNOWN, question)

    assert reason in sentence


def test_question_stays_about_each_indicator_or_about_the_measure():
    assert "posée pour chaque indicateur" in find_breaks(KNOWN, STANCE, Scope.MEASURE)[0]
    assert (
        "ne l'était pas" in find_breaks(KNOWN, DEFAULT.question("observation"), Scope.INDICATOR)[0]
    )
    assert find_breaks(KNOWN, DEFAULT.question("observation"), Scope.TOOL) == []


def test_option_that_was_ever_offered_is_missed():
    later = with_question(DEFAULT, "stance", options=(*STANCE.options, *options("autre")))

    known = collect_meanings([DEFAULT, later])

    assert "« Autre »" in find_breaks(known, STANCE)[0]


@pytest.mark.parametrize(
    "question",
    [
        replace(STANCE, options=STANCE.options[2:]),
        replace(STANCE, kind=QuestionKind.MULTIPLE_CHOICE),
        replace(RELEVANCE, settings={**RELEVANCE.settings, "maximum": 5}),
    ],
)
def test_what_is_put_back_can_be_compared_again(question):
    assert find_breaks(KNOWN, restore_meaning(KNOWN[question.code], question)) == []


@pytest.mark.parametrize(
    ("question", "settings", "reason"),
    [
        (YES_OR_NO, {"statement": True}, "le oui ou non devient une phrase à cocher"),
        (TICKED, {}, "la phrase à cocher devient un oui ou non"),
    ],
)
def test_yes_or_no_is_no_box_to_tick_and_is_put_back(question, settings, reason):
    known = collect_meanings([make_outline(question)])
    changed = replace(question, settings=settings)

    (sentence,) = find_breaks(known, changed)

    assert reason in sentence
    assert restore_meaning(known[question.code], changed) == question


def test_options_are_put_back_after_the_others_in_both_languages():
    changed = replace(STANCE, options=(*options("autre"), *STANCE.options[1:]))

    back = restore_meaning(KNOWN["stance"], changed)

    assert [it.code for it in back.options] == [
        "autre", "amend", "replace", "drop", "none", "keep",
    ]  # fmt: skip
    assert back.options[-1].label == {"fr": "Le garder", "en": "Keep it"}


def test_free_code_is_one_that_nothing_has_had():
    made = make_outline(make_question("stance_2"))

    assert free_code(KNOWN, made, "stance") == "stance_3"
    assert free_code(KNOWN, made, "stance_2") == "stance_3"
    assert len(free_code({"a" * 40}, made, "a" * 40)) == 40


def test_meanings_come_from_every_round_that_was_published(session):
    make_measure(session)
    make_round(session)

    shipped = collect_meanings([structure.default(), structure.evaluation()])
    assert answer_comparability.load_meanings(session) == shipped
    assert {*shipped} - {*KNOWN} == {it for it in shipped if it.startswith("known_value")}
    assert "respondent" in answer_comparability.load_section_codes(session)


def test_question_added_for_indicators_is_known_as_such():
    made = make_outline(others=[make_section("i", make_question("x"), scope=Scope.INDICATOR)])

    assert collect_meanings([made])["x"].is_per_indicator
