"""Sheet « Synthèse »: a row per measure, and one for the tool as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL
from consultation.exports.workbook.instrument import RoundInstrument
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
"""Width of a column whose header is a capacity."""

VARIABLES = (
    measure_variable(),
    Variable("title", "Intitulé", "Intitulé du dernier formulaire de la mesure.", width=WIDE),
    Variable("axis", "Axe", "Axe du plan dont la mesure fait partie.", width=MEDIUM),
    counted("responses", "Contributions", "Nombre de contributions comptées.", 14),
)


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet, counted in SQL."""
    by_capacity = _counts(snapshot, queries.capacity_counts(instrument.included))
    by_status = _counts(snapshot, queries.state_counts(instrument.included))
    capacities = with_unforeseen(instrument.labels_for(Destination.CAPACITY), by_capacity.columns)
    statuses = with_unforeseen(_status_labels(instrument), by_status.columns)
    measures = [form.measure for form in instrument.latest_forms()]
    return Sheet(
        NAME,
        "Une ligne par mesure, et une pour l'ensemble des indicateurs : combien de contributions,"
        " à quel titre, et où en est la mesure selon elles.",
        (
            *VARIABLES,
            *_counted("capacity", "Qualité", "de personnes qui répondent à ce titre", capacities),
            *_counted("standing", "Où en est la mesure", "qui le disent", statuses),
        ),
        partial(
            _rows,
            instrument,
            by_capacity.reindex(measures, columns=list(capacities), fill_value=0),
            by_status.reindex(measures, columns=list(statuses), fill_value=0),
        ),
        charts=_charts(instrument),
    )


def _charts(instrument: RoundInstrument) -> list[Chart]:
    count = len(instrument.latest_forms())
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


def _status_labels(instrument: RoundInstrument) -> Mapping[str, str]:
    groups = instrument.groups(about_indicators=False)
    return next((group.labels for group in groups if group.code == queries.STANDING), {})


def _counts(snapshot: Session, counted: sa.Select[Any, str, int]) -> "DataFrame":
    """Return a table of counts, with a row per measure and a column per code."""
    from pandas import DataFrame

    rows = DataFrame(snapshot.execute(counted).all(), columns=["measure", "code", "count"])
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
    instrument: RoundInstrument, by_capacity: "DataFrame", by_status: "DataFrame"
) -> Iterator[Sequence[Cell]]:
    for form, capacities, statuses in zip(
        instrument.latest_forms(), by_capacity.to_numpy(), by_status.to_numpy(), strict=True
    ):
        counts = (capacities.sum(), *capacities, *statuses)
        yield (form.measure, form.title, form.axis, *map(int, counts))
