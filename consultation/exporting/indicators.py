"""The sheet *Indicateurs*: one row for each indicator, over all its versions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from consultation.exporting import indicator_charts, rated
from consultation.exporting.asked import Asked
from consultation.exporting.figures import Figures
from consultation.exporting.variables import (
    NARROW,
    WIDE,
    Sheet,
    Variable,
    counted,
)
from consultation.questionnaires.models import Destination
from consultation.results import tallies
from consultation.sheets.cells import Cell

NAME = "Indicateurs"
COUNTED = (tallies.STANCE, *(code for code, _ in rated.RATED))
"""Codes of the questions that the sheet tells of."""

VARIABLES = (
    Variable("measure", "Mesure", "Code de la mesure que l'indicateur suit.", width=NARROW),
    Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
    Variable("label", "Libellé", "Libellé de la dernière version montrée.", width=WIDE),
    Variable("versions", "Versions montrées", "Numéros des formulations montrées pendant le tour."),
)


def sheet(asked: Asked, figures: Figures) -> Sheet:
    """Return the sheet."""
    stances = _stance_labels(asked)
    variables = (*VARIABLES, *_stances(stances), *rated.variables())
    return Sheet(
        NAME,
        "Une ligne par indicateur, toutes versions confondues : les avis comptés, ce que disent les"
        " notes de pertinence et de faisabilité, puis celles des invités, des autres, et d'une voix"
        " par organisation. Les graphiques sont sous le tableau.",
        variables,
        partial(_rows, asked, figures, list(stances)),
        kept_columns=2,
        charts=indicator_charts.charts(asked, variables, rated.RATED),
    )


def _stance_labels(asked: Asked) -> Mapping[str, str]:
    groups = asked.groups(about_indicators=True)
    return next((group.labels for group in groups if group.code == tallies.STANCE), {})


def _stances(labels: Mapping[str, str]) -> list[Variable]:
    return [
        counted(f"stance_{code}", f"Avis : {label}", f"Nombre d'avis « {label} ».")
        for code, label in labels.items()
    ]


def _rows(asked: Asked, figures: Figures, stances: Sequence[str]) -> Iterator[Sequence[Cell]]:
    labels = asked.labels_for(Destination.CAPACITY)
    for indicator in asked.indicators:
        said = figures.tally((indicator.code, "", tallies.STANCE)).by_value
        yield (
            indicator.measure,
            indicator.code,
            indicator.versions[-1].label,
            ", ".join(str(version.number) for version in indicator.versions),
            *(said.get(code, 0) for code in stances),
            *rated.cells(figures, indicator.code, labels),
        )
