"""Sentences of a report, by their rules: nothing, one, many, one assessor, nobody."""

import pytest

from consultation.plan.models import Assessor, Level
from consultation.reports.comparison import Change, Changes
from consultation.reports.pages import sentences
from tests.pages import straight
from tests.reports.pages.builders import (
    assessed,
    baseline,
    counted,
    measure,
    progress,
    value,
)

NUMBERS = ("A", "B", "C")


@pytest.fixture(autouse=True)
def french(app):
    with app.test_request_context("/"):
        yield


def plain(text):
    return straight(text)


def of(*levels, indicators=()):
    """Counts of measures with these assessments, one for each."""
    measures = [measure(code, *indicators) for code, _ in zip(NUMBERS, levels, strict=False)]
    figures = [
        it for code, each in zip(NUMBERS, levels, strict=False) for it in assessed(code, **each)
    ]
    return counted(measures, *figures)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (of(), "Ce bilan ne porte sur aucune mesure."),
        (of({}, {}), "Aucune mesure n'a encore été évaluée."),
        (
            of({"state": "not_done"}, {}),
            (
                "Aucune mesure sur 2 n'est réalisée d'après l'État."
                " Aucune autre n'avance d'après l'État."
            ),
        ),
        (
            of({"state": "done"}, {"state": "engaged"}, {}),
            "1 mesure sur 3 est réalisée d'après l'État. 1 autre avance d'après l'État.",
        ),
        (
            of(
                {"state": "done", "collective": "partly_done"},
                {"state": "done", "rapporteur": "done"},
                {"collective": "engaged"},
            ),
            (
                "2 mesures sur 3 sont réalisées d'après l'État, aucune d'après le collectif, 1"
                " d'après le rapporteur national. Aucune autre n'avance d'après l'État, 2 d'après"
                " le collectif, aucune d'après le rapporteur national."
            ),
        ),
        (
            of({"collective": "engaged"}, {"collective": "partly_done"}),
            (
                "Aucune mesure sur 2 n'est réalisée d'après le collectif."
                " 2 autres avancent d'après le collectif."
            ),
        ),
    ],
)
def test_what_is_achieved_is_stated_by_each_assessor_alone(made, sentence):
    assert plain(sentences.achieved(made)) == sentence


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (of({"state": "done"}), ""),
        (
            of({"state": "done"}, {"collective": "done"}),
            "Les évaluations ne divergent sur aucune mesure.",
        ),
        (
            of({"state": "done", "collective": "not_done"}),
            "Les évaluations divergent sur 1 mesure.",
        ),
        (
            of(*[{"state": "done", "rapporteur": "not_engaged"}] * 2),
            "Les évaluations divergent sur 2 mesures.",
        ),
    ],
)
def test_assessments_diverge_where_two_contradict_each_other(made, sentence):
    assert plain(sentences.disputed(made)) == sentence


def moving(*numbers):
    codes = [f"A.{place}" for place, _ in enumerate(numbers)]
    figures = [it for code, number in zip(codes, numbers, strict=True)
               for it in (baseline(code, 10.0), value(code, number))]  # fmt: skip
    return counted([measure("A", *codes)], *figures)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (moving(10.0), "Aucun indicateur n'a encore bougé depuis sa valeur de départ."),
        (
            moving(11.0),
            (
                "Depuis sa valeur de départ, 1 indicateur est allé dans le sens voulu, aucun dans"
                " l'autre sens."
            ),
        ),
        (
            moving(11.0, 12.0, 9.0),
            (
                "Depuis leur valeur de départ, 2 indicateurs sont allés dans le sens voulu, 1 dans"
                " l'autre sens."
            ),
        ),
        (moving(9.0), "Depuis sa valeur de départ, 1 indicateur est allé dans le sens contraire."),
        (
            moving(9.0, 8.0),
            "Depuis leur valeur de départ, 2 indicateurs sont allés dans le sens contraire.",
        ),
    ],
)
def test_first_report_compares_with_where_indicators_started_from(made, sentence):
    assert plain(sentences.moved(made, None)) == sentence


def changed(*figures):
    return Changes(4, [Change(it, "", "avant", "après") for it in figures])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (changed(), "Rien n'a changé depuis le bilan n° 4."),
        (changed(*assessed("A", state="done")), "Depuis le bilan n° 4, 1 évaluation a changé."),
        (
            changed(value("A.1", 1.0), value("A.1", 2.0)),
            "Depuis le bilan n° 4, 1 indicateur a bougé.",
        ),
        (
            changed(
                *assessed("A", state="done", collective="done"),
                progress("A.1", "late"),
                value("A.2", 1.0),
            ),
            "Depuis le bilan n° 4, 2 évaluations ont changé et 2 indicateurs ont bougé.",
        ),
    ],
)
def test_next_report_compares_with_the_one_before(changes, sentence):
    assert plain(sentences.moved(moving(11.0), changes)) == sentence


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ([], ""),
        (["reached"], "Aucun indicateur n'est en retard."),
        (["late"], "1 mesure a au moins un indicateur en retard."),
        (["late", "late"], "2 mesures ont au moins un indicateur en retard."),
    ],
)
def test_late_measures_are_counted_once(states, sentence):
    measures = [measure(code, f"{code}.1") for code, _ in zip(NUMBERS, states, strict=False)]
    made = counted(
        measures, *(progress(f"{code}.1", it) for code, it in zip(NUMBERS, states, strict=False))
    )

    assert plain(sentences.late(made)) == sentence


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (of({"state": "done"}), ""),
        (
            of({}),
            "De 1 mesure, personne ne peut rien dire : ni évaluation, ni indicateur qui conclut.",
        ),
        (
            of({}, {}),
            "De 2 mesures, personne ne peut rien dire : ni évaluation, ni indicateur qui conclut.",
        ),
    ],
)
def test_what_nobody_can_say_is_stated(made, sentence):
    assert plain(sentences.unknown(made)) == sentence


@pytest.mark.parametrize(
    ("states", "line"),
    [
        ([], "1 mesure"),
        (["reached"], "1 mesure · 1 indicateur : 1 atteint ou en bonne voie"),
        (
            ["reached", "on_track", "late", None],
            (
                "1 mesure · 4 indicateurs : 2 atteints ou en bonne voie, 1 en retard,"
                " 1 sans conclusion"
            ),
        ),
    ],
)
def test_line_of_counts_holds_no_zero(states, line):
    codes = [f"A.{place}" for place, _ in enumerate(states)]
    made = counted([measure("A", *codes)], *map(progress, codes, states))

    assert plain(sentences.counted(made)) == line


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ({}, "Personne n'a encore évalué cette mesure."),
        ({Assessor.COLLECTIVE: Level.ENGAGED}, "Engagée d'après le collectif."),
        (
            {Assessor.COLLECTIVE: Level.NOT_DONE, Assessor.STATE: Level.DONE},
            "Réalisée d'après l'État ; non réalisée d'après le collectif. Leurs avis divergent.",
        ),
    ],
)
def test_measure_is_what_each_assessor_says(levels, sentence):
    assert plain(sentences.of_measure(levels)) == sentence


def test_bar_is_drawn_and_written():
    made = of({"state": "done"}, {"state": "engaged"}, {})

    assert plain(sentences.bar_text(made, Assessor.STATE)) == (
        "réalisée : 1, engagée : 1, pas évaluée : 1"
    )
