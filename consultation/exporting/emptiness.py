"""Why sheets of a workbook are empty, in words: the sheets themselves hold nothing but rows."""

from collections.abc import Iterator, Sequence

from consultation.exporting.asked import Asked
from consultation.exporting.counting import Counts
from consultation.sheets.cells import Cell

NO_FORM = (
    "Aucun questionnaire n'est dans ce classeur",
    "Aucun n'a été publié pour ce qui était demandé : seul le dictionnaire n'est pas vide.",
)
NO_INDICATOR = (
    "Aucun indicateur n'a été soumis",
    "« Indicateurs », « Avis » et « Désaccords » sont vides.",
)
NOTHING_RECEIVED = (
    "Ce tour n'a reçu aucune contribution",
    "Les feuilles sont vides, ou à zéro.",
)
NOTHING_COUNTED = (
    "Aucune contribution n'est comptée",
    "Les feuilles sont vides, ou à zéro ; « Journal » dit ce qu'elles sont devenues.",
)
NO_TEXT = ("Aucun texte n'est montré", "« Textes » est vide ; « Journal » dit pourquoi.")


def empty_words(asked: Asked, counts: Counts) -> Iterator[Sequence[Cell]]:
    """Yield what a reader of an empty sheet needs to know."""
    if not asked.forms:
        yield NO_FORM
    elif not asked.indicators:
        yield NO_INDICATOR
    if not counts.received:
        yield NOTHING_RECEIVED
    elif not counts.included:
        yield NOTHING_COUNTED
    elif counts.texts_received and not counts.texts:
        yield NO_TEXT
