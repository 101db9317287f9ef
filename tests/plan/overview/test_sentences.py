"""Sentences made from the figures of the plan: right for none, one and many, in both languages."""

import pytest

from consultation.plan.models import Assessor, Level
from consultation.plan.overview import sentences
from consultation.plan.values.models import Progress
from consultation.web.locale import in_language
from tests.pages import straight
from tests.plan.overview.builders import COLLECTIVE, RAPPORTEUR, STATE

ENGAGED, PARTLY, DONE = Level.ENGAGED, Level.PARTLY_DONE, Level.DONE
NOWHERE = "leurs avis ne divergent sur aucune."
NOT_DONE, NOT_ENGAGED = Level.NOT_DONE, Level.NOT_ENGAGED


@pytest.fixture(autouse=True)
def in_request(app):
    with app.test_request_context():
        yield


def plain(text):
    return straight(text)


def of_plan(total, disputed, **by_assessor):
    counts = {it: by_assessor.get(it.value, {}) for it in Assessor}
    counts = {it: {level: known.get(level, 0) for level in Level} for it, known in counts.items()}
    return [plain(it) for it in sentences.of_plan(counts, total, disputed)]


MANY = {
    "state": {ENGAGED: 9, PARTLY: 5, DONE: 4},
    "collective": {ENGAGED: 9, NOT_DONE: 20},
    "rapporteur": {DONE: 1, NOT_ENGAGED: 3},
}


def test_plan_is_in_a_sentence_by_each_assessor_and_what_they_disagree_on():
    first, second = of_plan(60, 12, **MANY)

    assert first == (
        "Sur 60 mesures, 18 avancent d'après l'État, 9 d'après le collectif et 1 d'après le"
        " rapporteur national ; leurs avis divergent sur 12."
    )
    assert second == (
        "4 sont réalisées d'après l'État, aucune d'après le collectif et 1 d'après le rapporteur"
        " national."
    )


def test_plan_is_in_an_english_sentence():
    with in_language("en"):
        first, second = of_plan(60, 12, **MANY)

    assert first == (
        "Of 60 measures, 18 are moving forward according to the State, 9 according to the"
        " coalition and 1 according to the national rapporteur; they disagree on 12."
    )
    assert second == (
        "4 are done according to the State, none according to the coalition and 1 according to"
        " the national rapporteur."
    )


@pytest.mark.parametrize(
    ("state", "collective", "disputed", "sentence"),
    [
        (
            {ENGAGED: 1}, {NOT_DONE: 2}, 1,
            "1 avance d'après l'État et aucune d'après le collectif ; leurs avis divergent sur 1.",
        ),
        (
            {NOT_ENGAGED: 2}, {ENGAGED: 3}, 0,
            "aucune n'avance d'après l'État et 3 avancent d'après le collectif ; " + NOWHERE,
        ),
        (
            {NOT_ENGAGED: 2}, {NOT_DONE: 1}, 0,
            "aucune n'avance d'après l'État et aucune d'après le collectif ; " + NOWHERE,
        ),
    ],
)  # fmt: skip
def test_verb_agrees_and_comes_again_after_none(state, collective, disputed, sentence):
    first, *_others = of_plan(60, disputed, state=state, collective=collective)

    assert first == f"Sur 60 mesures, {sentence}"


def test_single_assessor_disagrees_with_nobody_and_the_others_are_named():
    assert of_plan(60, 0, state={DONE: 2}) == [
        "Sur 60 mesures, 2 avancent d'après l'État.",
        "2 sont réalisées d'après l'État.",
        "Le collectif et le rapporteur national n'ont encore publié aucune évaluation.",
    ]


def test_one_assessor_who_has_published_nothing_is_named():
    *_others, last = of_plan(1, 0, state={DONE: 1}, collective={DONE: 1})

    assert last == "Le rapporteur national n'a encore publié aucune évaluation."
    with in_language("en"):
        first, *_others, last = of_plan(1, 0, state={DONE: 1}, collective={DONE: 1})
        assert first.startswith("Of 1 measure, 1 is moving forward according to the State and 1")
        assert last == "The national rapporteur has not published any assessment yet."


def test_plan_that_nobody_has_assessed_has_no_sentence():
    assert of_plan(60, 0) == []


def test_measure_groups_those_who_agree_and_says_where_they_do_not():
    levels = {STATE: PARTLY, COLLECTIVE: PARTLY, RAPPORTEUR: NOT_ENGAGED}

    assert plain(sentences.of_measure(levels)) == (
        "Partiellement réalisée d'après l'État et le collectif ; non engagée d'après le rapporteur"
        " national. Leurs avis divergent."
    )
    assert plain(sentences.of_measure({STATE: DONE})) == "Réalisée d'après l'État."
    assert plain(sentences.of_measure({})) == "Aucune évaluation n'est encore publiée."


def test_indicators_are_counted_by_progress():
    counts = {Progress.REACHED: 1, Progress.LATE: 2, None: 1}

    assert plain(sentences.of_indicators(counts)) == (
        "4 indicateurs : 1 atteint, 2 en retard, 1 sans conclusion."
    )
    assert plain(sentences.of_indicators({Progress.LATE: 1})) == "1 indicateur : 1 en retard."
    assert sentences.of_indicators({}) == ""


def test_number_stays_on_the_line_of_its_neighbours():
    counts = {it: dict.fromkeys(Level, 2) for it in Assessor}

    first, *_others = sentences.of_plan(counts, 10, 3)

    assert "\u00a03." in first
    assert "Sur 10\u00a0mesures" in first
