"""The sheet *Synthèse*: one row for each measure, and one for the tool as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
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
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Chart, ChartKind, Fill, Series

if TYPE_CHECKING:
    from pandas import DataFrame

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
    by_capacity = _counts(instant, queries.capacity_counts(asked.included))
    by_standing = _counts(instant, queries.standing_counts(asked.included))
    capacities = with_unforeseen(asked.labels_for(Destination.CAPACITY), by_capacity.columns)
    standings = with_unforeseen(_standing_labels(asked), by_standing.columns)
    measures = [form.measure for form in asked.latest_forms()]
    return Sheet(
        NAME,
        "Une ligne par mesure, et une pour l'outil dans son ensemble : combien de contributions,"
        " à quel titre, et où en est la mesure selon elles.",
        (
            *VARIABLES,
            *_counted("capacity", "Qualité", "dont l'auteur·e répond à ce titre", capacities),
            *_counted("standing", "Où en est la mesure", "qui le disent", standings),
        ),
        partial(
            _rows,
            asked,
            by_capacity.reindex(measures, columns=list(capacities), fill_value=0),
            by_standing.reindex(measures, columns=list(standings), fill_value=0),
        ),
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


def _counts(instant: Session, counted: sa.Select[Any, str, int]) -> "DataFrame":
    """Return a table of counts, with a row for each measure and a column for each code."""
    from pandas import DataFrame

    rows = DataFrame(instant.execute(counted).all(), columns=["measure", "code", "count"])
    rows["measure"] = rows["measure"].fillna(TOOL)
    return rows.pivot(index="measure", columns="code", values="count").fillna(0).astype(int)


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
    asked: Asked, by_capacity: "DataFrame", by_standing: "DataFrame"
) -> Iterator[Sequence[Cell]]:
    for form, capacities, standings in zip(
        asked.latest_forms(), by_capacity.to_numpy(), by_standing.to_numpy(), strict=True
    ):
        counts = (capacities.sum(), *capacities, *standings)
        yield (form.measure, form.title, form.axis, *map(int, counts))
