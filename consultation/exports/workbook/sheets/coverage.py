"""The sheet *Couverture*: who was heard on each measure, and above all who was not."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.exports.selection import TOOL
from consultation.exports.workbook.instrument import Asked
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
POINTING = ("organisations", "days", "first_on", "last_on")
"""What an anonymised workbook has not: where few write, a day points to somebody."""

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


@dataclass
class Heard:
    """Who contributed to one measure, and when."""

    responses: int = 0
    capacities: Counter[str] = field(default_factory=Counter)
    territories: set[str | None] = field(default_factory=set)
    organisations: set[str | None] = field(default_factory=set)
    days: set[date] = field(default_factory=set)


ROWS_AT_A_TIME = 1000


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet, counted in SQL but for the days, which are those of Paris."""
    heard = _heard(instant, asked)
    found = {code for one in heard.values() for code in one.capacities}
    capacities = with_unforeseen(asked.labels_for(Destination.CAPACITY), found)
    columns = [
        Variable(
            f"capacity_{code}",
            f"Qualité : {label}",
            f"Nombre de contributions dont l'auteur·e répond à ce titre : {label}.",
            NUMBER,
            16,
            look=Look.GAP,
        )
        for code, label in capacities.items()
    ]
    whole = Sheet(
        NAME,
        "Une ligne par mesure, et une pour l'outil : combien de contributions par qualité, quand,"
        " et qui n'a pas été entendu. Les brouillons n'y sont pas.",
        (*VARIABLES, *columns, *SILENT),
        partial(_rows, asked, heard, list(capacities)),
    )
    return without(whole, POINTING) if asked.is_anonymised else whole


def _heard(instant: Session, asked: Asked) -> Mapping[str, Heard]:
    columns = (
        Respondent.capacity,
        Respondent.territory,
        Respondent.organisation,
        Response.submitted_at,
    )
    rows = instant.execute(
        sa.select(Measure.code, *columns)
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(asked.included),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    heard: dict[str, Heard] = defaultdict(Heard)
    for measure, capacity, territory, organisation, moment in rows:
        one = heard[measure or TOOL]
        one.responses += 1
        one.capacities[capacity] += 1
        one.territories.add(territory)
        one.organisations.add(organisation_key(organisation))
        one.days.add(in_paris(moment).date())
    return heard


def _rows(
    asked: Asked, heard: Mapping[str, Heard], capacities: Sequence[str]
) -> Iterator[Sequence[Cell]]:
    offered = asked.labels_for(Destination.CAPACITY)
    territories = asked.labels_for(Destination.TERRITORY)
    for form in asked.latest_forms():
        one = heard.get(form.measure, Heard())
        yield (
            form.measure,
            form.title,
            one.responses,
            len(one.organisations - {None}),
            len(one.days),
            min(one.days, default=None),
            max(one.days, default=None),
            *(one.capacities[code] for code in capacities),
            _silent(offered, one.capacities),
            _silent(territories, one.territories),
        )


def _silent(labels: Mapping[str, str], heard: Collection[str | None]) -> str:
    return " ; ".join(label for code, label in labels.items() if code not in heard)
