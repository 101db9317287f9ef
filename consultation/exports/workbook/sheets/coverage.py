"""Sheet « Couverture »: who has contributed to each measure, and above all who has not."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import PARIS
from consultation.exports.selection import TOOL
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.variables import (
    DATE,
    NUMBER,
    WIDE,
    Sheet,
    Variable,
    counted,
    measure_variable,
    with_unforeseen,
    without,
)
from consultation.moderation.clusters.similarity import organisation_key
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination, Questionnaire
from consultation.responses.models import Respondent, Response
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Look

if TYPE_CHECKING:
    from pandas import DataFrame

NAME = "Couverture"
DAYS = "Nombre de jours où au moins une contribution est arrivée, à Paris."
NAMED = "Nombre d'organisations différentes que les contributions nomment."

VARIABLES = (
    measure_variable(),
    Variable("title", "Intitulé", "Intitulé du dernier formulaire de la mesure.", width=WIDE),
    counted("responses", "Contributions", "Nombre de contributions comptées, sans brouillon.", 14),
    counted("organisations", "Organisations", NAMED, 14),
    counted("days", "Jours", DAYS),
    Variable("first_on", "Première", "Jour de la première contribution, à Paris.", DATE, 12),
    Variable("last_on", "Dernière", "Jour de la dernière contribution, à Paris.", DATE, 12),
)
IDENTIFYING = ("organisations", "days", "first_on", "last_on")
"""Variables that an anonymised workbook lacks: where few write, a day identifies a person."""

SILENT = (
    Variable(
        "silent_capacities",
        "Qualités jamais entendues",
        "Qualités proposées dont aucune contribution n'est comptée pour cette mesure.",
        width=50,
    ),
    Variable(
        "silent_territories",
        "Territoires jamais entendus",
        "Territoires proposés dont aucune contribution n'est comptée pour cette mesure.",
        width=50,
    ),
)


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet; its days are those of Paris."""
    responses = _responses(snapshot, instrument)
    capacities = with_unforeseen(
        instrument.labels_for(Destination.CAPACITY), responses["capacity"].unique()
    )
    columns = [
        Variable(
            f"capacity_{code}",
            f"Qualité : {label}",
            f"Nombre de contributions de personnes qui répondent à ce titre : {label}.",
            NUMBER,
            16,
            look=Look.GAP,
        )
        for code, label in capacities.items()
    ]
    whole = Sheet(
        NAME,
        "Une ligne par mesure, et une pour l'ensemble des indicateurs : combien de contributions"
        " par qualité, quand, et qui n'a pas été entendu. Les brouillons n'y sont pas.",
        (*VARIABLES, *columns, *SILENT),
        partial(_rows, instrument, responses, list(capacities)),
    )
    return without(whole, IDENTIFYING) if instrument.is_anonymised else whole


def _responses(snapshot: Session, instrument: RoundInstrument) -> "DataFrame":
    from pandas import DataFrame, to_datetime

    rows = snapshot.execute(
        sa.select(
            sa.func.coalesce(Measure.code, TOOL).label("measure"),
            Respondent.capacity,
            Respondent.territory,
            Respondent.organisation,
            Response.submitted_at.label("day"),
        )
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(instrument.included)
    )
    responses = DataFrame(rows.all(), columns=list(rows.keys()))
    responses["organisation"] = responses["organisation"].map(organisation_key, na_action="ignore")
    responses["day"] = to_datetime(responses["day"], utc=True).dt.tz_convert(PARIS).dt.date
    return responses


def _rows(
    instrument: RoundInstrument, responses: "DataFrame", capacities: Sequence[str]
) -> Iterator[Sequence[Cell]]:
    offered = instrument.labels_for(Destination.CAPACITY)
    territories = instrument.labels_for(Destination.TERRITORY)
    by_measure = dict(iter(responses.groupby("measure")))
    for form in instrument.latest_forms():
        of_measure = by_measure.get(form.measure, responses.head(0))
        counts = of_measure["capacity"].value_counts().to_dict()
        days = set(of_measure["day"])
        yield (
            form.measure,
            form.title,
            len(of_measure),
            of_measure["organisation"].nunique(),
            len(days),
            min(days, default=None),
            max(days, default=None),
            *(counts.get(code, 0) for code in capacities),
            _silent(offered, counts),
            _silent(territories, set(of_measure["territory"])),
        )


def _silent(labels: Mapping[str, str], heard: Collection[object]) -> str:
    return " ; ".join(label for code, label in labels.items() if code not in heard)
