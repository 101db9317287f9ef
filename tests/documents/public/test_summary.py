"""Sentences on a document: what it holds, what changed, for none, one and many."""

import pytest

from consultation.documents.changes import ChangeCounts
from consultation.documents.model import AxisEntry, Fact, IndicatorEntry, MeasureEntry, Text
from consultation.documents.public import summary
from consultation.web.locale import in_language

pytestmark = pytest.mark.once

TITLE = Text("Titre", "fr")
SHARED, OWN = Fact("", Text("Pour toutes.", "fr")), Fact("", Text("Pour une.", "fr"))
LEAD = Fact("Pilote", Text("Miprof", "fr"))


def measure(indicators, facts=()):
    entries = [IndicatorEntry(str(it), TITLE) for it in range(indicators)]
    return MeasureEntry("T1", TITLE, "", facts, None, entries, [], [], "", "")


def axis(*measures):
    return AxisEntry("T", TITLE, measures)


def sentences(app, changed, *axes, language="fr"):
    with app.test_request_context(), in_language(language):
        return summary.sentences(axes, changed).translate({0xA0: " ", 0x202F: " "})


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ([], "Aucune mesure."),
        ([measure(0)], "1 mesure, sans indicateur."),
        ([measure(0), measure(0)], "2 mesures, sans indicateur."),
        ([measure(1)], "1 mesure et 1 indicateur."),
        ([measure(3), measure(2)], "2 mesures et 5 indicateurs."),
    ],
)
def test_sentence_counts_measures_and_indicators(app, measures, expected):
    first = f"{expected} C’est la première édition."

    assert sentences(app, ChangeCounts(0, is_previous=True), axis(*measures)) == first


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"reworded": 1}, "1 indicateur a été reformulé."),
        ({"reworded": 3}, "3 indicateurs ont été reformulés."),
        ({"added": 1}, "1 indicateur a été ajouté."),
        ({"added": 2}, "2 indicateurs ont été ajoutés."),
        ({"removed": 1}, "1 indicateur a été retiré."),
        ({"removed": 2}, "2 indicateurs ont été retirés."),
        ({"reworded": 3, "added": 2}, "5 indicateurs ont changé : 3 reformulés et 2 ajoutés."),
        (
            {"reworded": 1, "added": 1, "removed": 1},
            "3 indicateurs ont changé : 1 reformulé, 1 ajouté et 1 retiré.",
        ),
        ({}, "aucun indicateur n’a changé."),
        ({"added_measures": 1}, "1 mesure a été ajoutée."),
        ({"removed_measures": 2}, "2 mesures ont été retirées."),
        (
            {"added": 1, "added_measures": 1, "removed_measures": 1},
            "1 indicateur a été ajouté. 1 mesure a été ajoutée et 1 mesure a été retirée.",
        ),
    ],
)
def test_sentence_tells_what_changed_since_the_edition_before(app, changed, expected):
    made = sentences(app, ChangeCounts(1, is_previous=True, **changed), axis(measure(1)))

    assert made == f"1 mesure et 1 indicateur. Depuis l’édition précédente, {expected}"


@pytest.mark.parametrize(
    ("since", "is_previous", "expected"),
    [
        (0, True, "Depuis le début"),
        (0, False, "Depuis le début"),
        (2, False, "Depuis l’édition 2"),
        (2, True, "Depuis l’édition précédente"),
    ],
)
def test_sentence_names_the_edition_that_it_compares_with(app, since, is_previous, expected):
    made = sentences(app, ChangeCounts(since, is_previous=is_previous, added=1), axis(measure(1)))

    assert f". {expected}, 1 indicateur a été ajouté." in made


def test_later_edition_that_is_as_the_first_is_not_called_the_first(app):
    made = sentences(app, ChangeCounts(0, is_previous=False), axis(measure(1)))

    assert made == "1 mesure et 1 indicateur. Depuis le début, aucun indicateur n’a changé."


def test_sentence_is_english_on_english_pages(app):
    changed = ChangeCounts(1, is_previous=True, reworded=2, removed=1)

    assert sentences(app, changed, axis(measure(2)), language="en") == (
        "1 measure and 2 indicators. Since the previous edition, 3 indicators changed:"
        " 2 reworded and 1 removed."
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([[SHARED, LEAD], [SHARED, OWN, LEAD]], [SHARED]),
        ([[SHARED]], []),
        ([[OWN], [SHARED]], []),
        ([], []),
    ],
)
def test_sentences_that_all_measures_of_an_axis_have_are_given_once(facts, expected):
    assert summary.shared(axis(*(measure(1, it) for it in facts))) == expected
