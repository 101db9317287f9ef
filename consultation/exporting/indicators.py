"""The sheet *Indicateurs*: one row for each indicator, over all its versions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.exporting.asked import Asked
from consultation.exporting.variables import (
    NARROW,
    NUMBER,
    WIDE,
    Sheet,
    Variable,
    with_unforeseen,
)
from consultation.results import tallies
from consultation.results.tallies import IndicatorTally, Ratings
from consultation.sheets.cells import Cell

NAME = "Indicateurs"
SHARE_DIGITS = 4

VARIABLES = (
    Variable("measure", "Mesure", "Code de la mesure que l'indicateur suit.", width=NARROW),
    Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
    Variable("label", "Libellé", "Libellé de la dernière version montrée.", width=WIDE),
    Variable("versions", "Versions montrées", "Numéros des formulations montrées pendant le tour."),
)
RATED = (("relevance", "Pertinence"), ("feasibility", "Faisabilité"))
STATISTICS = (
    ("n", "nombre de notes", "Nombre de notes de 1 à 9, « sans avis » non compris."),
    ("no_opinion", "sans avis", "Nombre de réponses « sans avis »."),
    ("median", "médiane", "Médiane des notes."),
    ("q1", "premier quartile", "Premier quartile, méthode inclusive (QUARTILE.INCLURE)."),
    ("q3", "troisième quartile", "Troisième quartile, méthode inclusive (QUARTILE.INCLURE)."),
    ("iqr", "écart interquartile", "Troisième quartile moins premier quartile."),
    ("share_7_9", "part des notes 7 à 9", "Part des notes de 7 à 9, de 0 à 1."),
)


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet, counted in SQL."""
    found = tallies.by_indicator(instant, asked.included)
    stances = with_unforeseen(
        _stance_labels(asked), {code for tally in found.values() for code in tally.by_stance}
    )
    return Sheet(
        NAME,
        "Une ligne par indicateur, toutes versions confondues : les avis comptés, puis ce que"
        " disent les notes de pertinence et de faisabilité.",
        (*VARIABLES, *_stances(stances), *_statistics()),
        partial(_rows, asked, found, list(stances)),
    )


def _stance_labels(asked: Asked) -> Mapping[str, str]:
    groups = asked.groups(about_indicators=True)
    return next((group.labels for group in groups if group.code == tallies.STANCE), {})


def _stances(labels: Mapping[str, str]) -> list[Variable]:
    return [
        Variable(f"stance_{code}", f"Avis : {label}", f"Nombre d'avis « {label} ».", NUMBER, NARROW)
        for code, label in labels.items()
    ]


def _statistics() -> list[Variable]:
    return [
        Variable(f"{code}_{suffix}", f"{name} : {header}", meaning, NUMBER)
        for code, name in RATED
        for suffix, header, meaning in STATISTICS
    ]


def _rows(
    asked: Asked, found: Mapping[str, IndicatorTally], stances: Sequence[str]
) -> Iterator[Sequence[Cell]]:
    for indicator in asked.indicators:
        tally = found.get(indicator.code, IndicatorTally())
        yield (
            indicator.measure,
            indicator.code,
            indicator.versions[-1].label,
            ", ".join(str(version.number) for version in indicator.versions),
            *(tally.by_stance.get(code, 0) for code in stances),
            *_measured(tally.relevance),
            *_measured(tally.feasibility),
        )


def _measured(ratings: Ratings) -> Sequence[Cell]:
    consensus = ratings.consensus()
    if consensus is None:
        return (0, ratings.no_opinion, None, None, None, None, None)
    return (
        consensus.count,
        ratings.no_opinion,
        consensus.median,
        consensus.lower_quartile,
        consensus.upper_quartile,
        consensus.interquartile_range,
        round(consensus.high_share, SHARE_DIGITS),
    )
