"""The sheet *Indicateurs*: one row for each indicator, over all its versions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.exporting import indicator_charts
from consultation.exporting.asked import Asked
from consultation.exporting.variables import (
    NARROW,
    NUMBER,
    WIDE,
    Sheet,
    Variable,
    counted,
    with_unforeseen,
)
from consultation.results import tallies
from consultation.results.tallies import IndicatorTally, Ratings
from consultation.sheets.cells import Cell
from consultation.sheets.looks import Look

NAME = "Indicateurs"
SHARE_DIGITS = 4

VARIABLES = (
    Variable("measure", "Mesure", "Code de la mesure que l'indicateur suit.", width=NARROW),
    Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
    Variable("label", "Libellé", "Libellé de la dernière version montrée.", width=WIDE),
    Variable("versions", "Versions montrées", "Numéros des formulations montrées pendant le tour."),
)
QUARTILES = "méthode inclusive (QUARTILE.INCLURE)"
SHARE = "de 0 à 1, montrée en pourcentage"
RATED = (("relevance", "Pertinence"), ("feasibility", "Faisabilité"))
STATISTICS = (
    ("n", "nombre de notes", "Nombre de notes de 1 à 9, « sans avis » non compris.", Look.COUNT),
    ("no_opinion", "sans avis", "Nombre de réponses « sans avis ».", Look.COUNT),
    ("median", "médiane", "Médiane des notes.", Look.DECIMAL),
    ("q1", "premier quartile", f"Premier quartile, {QUARTILES}.", Look.DECIMAL),
    ("q3", "troisième quartile", f"Troisième quartile, {QUARTILES}.", Look.DECIMAL),
    ("iqr", "écart interquartile", "Troisième quartile moins premier quartile.", Look.DECIMAL),
    ("share_1_3", "part des notes 1 à 3", f"Part des notes de 1 à 3, {SHARE}.", Look.SHARE),
    ("share_4_6", "part des notes 4 à 6", f"Part des notes de 4 à 6, {SHARE}.", Look.SHARE),
    ("share_7_9", "part des notes 7 à 9", f"Part des notes de 7 à 9, {SHARE}.", Look.SHARE),
)


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet, counted in SQL."""
    found = tallies.by_indicator(instant, asked.included)
    stances = with_unforeseen(
        _stance_labels(asked), {code for tally in found.values() for code in tally.by_stance}
    )
    variables = (*VARIABLES, *_stances(stances), *_statistics())
    return Sheet(
        NAME,
        "Une ligne par indicateur, toutes versions confondues : les avis comptés, puis ce que"
        " disent les notes de pertinence et de faisabilité.",
        variables,
        partial(_rows, asked, found, list(stances)),
        kept_columns=2,
        charts=indicator_charts.charts(asked, variables, RATED),
    )


def _stance_labels(asked: Asked) -> Mapping[str, str]:
    groups = asked.groups(about_indicators=True)
    return next((group.labels for group in groups if group.code == tallies.STANCE), {})


def _stances(labels: Mapping[str, str]) -> list[Variable]:
    return [
        counted(f"stance_{code}", f"Avis : {label}", f"Nombre d'avis « {label} ».")
        for code, label in labels.items()
    ]


def _statistics() -> list[Variable]:
    return [
        Variable(f"{code}_{suffix}", f"{name} : {header}", meaning, NUMBER, 14, look=look)
        for code, name in RATED
        for suffix, header, meaning, look in STATISTICS
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
        return (0, ratings.no_opinion, *[None] * (len(STATISTICS) - 2))
    return (
        consensus.count,
        ratings.no_opinion,
        consensus.median,
        consensus.lower_quartile,
        consensus.upper_quartile,
        consensus.interquartile_range,
        round(consensus.low_share, SHARE_DIGITS),
        round(consensus.middle_share, SHARE_DIGITS),
        round(consensus.high_share, SHARE_DIGITS),
    )
