"""The sheet *Synthèse*: one row for each measure, and one for the tool as a whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL
from consultation.exports.workbook.instrument import Asked
from consultation.exports.workbook.variables import (
    MEDIUM,
    WIDE,
    Sheet,
    Variable,
    counted,
    measure_variable,
    with_unforeseen,
)
from consultation.questionnaires.models import Destination
from consultation.results.tallies import queries
from consultation.results.tallies.queries import MeasureTally
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Chart, ChartKind, Fill, Series

NAME = "Synthèse"
COUNTED = 16
"""Width of a column whose header has the longest words of capacities."""

VARIABLES = (
    measure_variable(),
    Variable("title", "Intitulé", "Intitulé du dernier formulaire de la mesure.", width=WIDE),
    Variable("axis", "Axe", "Axe du plan dont la mesure fait partie.", width=MEDIUM),
    counted("responses", "Contributions", "Nombre de contributions comptées.", 14),
)


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet, counted in SQL."""
    found = queries.by_measure(instant, asked.included)
    capacities = with_unforeseen(
        asked.labels_for(Destination.CAPACITY),
        _codes(tally.by_capacity for tally in found.values()),
    )
    standings = with_unforeseen(
        _standing_labels(asked), _codes(tally.by_standing for tally in found.values())
    )
    return Sheet(
        NAME,
        "Une ligne par mesure, et une pour l'outil dans son ensemble : combien de contributions,"
        " à quel titre, et où en est la mesure selon elles.",
        (
            *VARIABLES,
            *_counted("capacity", "Qualité", "dont l'auteur·e répond à ce titre", capacities),
            *_counted("standing", "Où en est la mesure", "qui le disent", standings),
        ),
        partial(_rows, asked, found, list(capacities), list(standings)),
        charts=_charts(asked),
    )


def _charts(asked: Asked) -> list[Chart]:
    count = len(asked.latest_forms())
    if not count:
        return []
    responses = [variable.code for variable in VARIABLES].index("responses")
    alt = (
        f"Barres : le nombre de contributions de chaque mesure ({count} lignes) ; les nombres sont"
        " dans la colonne « Contributions » de cette feuille."
    )
    return [
        Chart(
            ChartKind.BARS,
            "Contributions par mesure",
            categories=0,
            series=[Series(responses, Fill.ACCENT)],
            first=0,
            count=count,
            alt=alt,
        )
    ]


def _standing_labels(asked: Asked) -> Mapping[str, str]:
    groups = asked.groups(about_indicators=False)
    return next((group.labels for group in groups if group.code == queries.STANDING), {})


def _codes(counts: Iterable[Mapping[str, int]]) -> set[str]:
    return {code for each in counts for code in each}


def _counted(code: str, header: str, who: str, labels: Mapping[str, str]) -> list[Variable]:
    return [
        counted(
            f"{code}_{option}",
            f"{header} : {label}",
            f"Nombre de contributions {who} : {label}.",
            COUNTED,
        )
        for option, label in labels.items()
    ]


def _rows(
    asked: Asked,
    found: Mapping[str | None, MeasureTally],
    capacities: Sequence[str],
    standings: Sequence[str],
) -> Iterator[Sequence[Cell]]:
    for form in asked.latest_forms():
        tally = found.get(None if form.measure == TOOL else form.measure, MeasureTally())
        yield (
            form.measure,
            form.title,
            form.axis,
            tally.responses,
            *(tally.by_capacity.get(code, 0) for code in capacities),
            *(tally.by_standing.get(code, 0) for code in standings),
        )
