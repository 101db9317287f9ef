"""Workbook of observed values: those that stand, beside the targets, and rows to fill in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan import queries
from consultation.plan.measurement.texts import figure_text
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import Indicator, IndicatorVersion, Point
from consultation.plan.queries import indicators_in_force
from consultation.plan.values import record
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Reporter,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.record import Report, report_of
from consultation.records import files
from consultation.records.fields import descriptions
from consultation.records.files import column_of, field_of, file_fields
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.reader.rows import Field, Holds, columns_of
from consultation.spreadsheets.table import Table
from consultation.spreadsheets.writer import Format, write_list

SHEET = "Valeurs"
FILENAME = "valeurs-des-indicateurs"
NOT_READ = "Pour s'y retrouver ; n'est pas lu."

INDICATOR = Field(
    "indicator",
    "Indicateur",
    Holds.CODE,
    30,
    note="Code de l'indicateur, tel qu'il est dans le plan. À ne pas changer.",
    is_filled=True,
)
UNIT = Field(
    "unit",
    "Unité",
    Holds.FIGURE,
    500,
    note="Celle de l'indicateur. Une autre est refusée : convertissez la valeur.",
    width=18,
    may_lack=True,
)


def _context(name: str, header: str, width: int = 18) -> Field:
    return Field(name, header, Holds.VALUE, 2000, note=NOT_READ, width=width, may_lack=True)


LABEL = _context("label", "Intitulé", 50)
TARGETS: Mapping[Point, Field] = {
    Point.BASELINE: _context("baseline", "Départ (plan)"),
    Point.MIDTERM: _context("midterm", "Cible à mi-parcours (plan)"),
    Point.FINAL: _context("final", "Cible de fin (plan)"),
}
KIND = _context("measured_as", "Type de valeur (plan)")
SERIES = _context("series", "Définition (plan)", 26)
CONTEXT = (LABEL, KIND, *TARGETS.values(), SERIES)
"""What the plan says, told apart by its headers; an import reads none of it."""


MOMENT = Field(
    "moment",
    "Échéance",
    Holds.FIGURE,
    60,
    note="échéance intermédiaire, mi-parcours, fin du plan, ou un jour.",
    synonyms=("Pour quand",),
    width=18,
)
REFERENCE = Field(
    "reference",
    "Référence",
    Holds.FIGURE,
    30,
    note="La valeur que la ligne corrige. À ne pas changer ; vide pour une valeur de plus.",
    width=26,
    may_lack=True,
)
VALUE = replace(field_of("value", descriptions(Report)["value"]), may_lack=False)
REPORTED = file_fields(Report, {"point": MOMENT, "day": None, "value": VALUE})
FIELDS = (INDICATOR, LABEL, UNIT, KIND, *TARGETS.values(), SERIES, *REPORTED, REFERENCE)
COLUMNS = columns_of(FIELDS)
READ_COLUMNS = tuple(column for column in COLUMNS if column.field not in CONTEXT)

PRESENT, EARLIER = "celle du plan", "une définition antérieure"

_LINES = (
    ("Ce que valent les indicateurs : classeur à remplir", ""),
    (
        f"Feuille « {SHEET} »",
        (
            "Une ligne par valeur notée, puis une ligne à remplir par indicateur. Une ligne où rien"
            " n'est écrit après les colonnes du plan ne dit rien : elle est laissée de côté."
        ),
    ),
    (
        "Colonnes du plan",
        (
            "Celles qui finissent par « (plan) », et l'intitulé, rappellent le départ et les cibles"
            " : elles ne sont pas lues. Le plan se change sur sa page."
        ),
    ),
    (
        "Ajouter",
        (
            "Remplissez la ligne vide de l'indicateur, ou copiez-la ; la référence reste vide."
            " Plusieurs sources pour une même échéance restent côte à côte."
        ),
    ),
    (
        "Corriger",
        (
            "Changez la ligne et gardez sa référence : la valeur d'avant reste dans l'historique."
            " Une cellule vidée vide ce qui était écrit."
        ),
    ),
    (
        "Retirer",
        (
            "Un import ne retire jamais rien : ce qui n'est pas dans la feuille reste sur le site,"
            " et se retire sur la page de l'indicateur."
        ),
    ),
    ("Échéance", f"{' ; '.join(ValuePoint.labels())} ; ou un jour, comme 30/06/2026."),
    (
        "Valeur",
        "Un nombre seul, une date, oui ou non, ou le niveau : ce que dit le type de valeur.",
    ),
    ("Valeur manquante", " ; ".join(MissingBecause.labels())),
    ("Qui la donne", " ; ".join(Reporter.labels())),
    ("Sorte de source", " ; ".join(SourceKind.labels())),
    (
        "Erreurs",
        (
            "Une seule erreur, et rien n'est importé : chacune est donnée avec sa ligne, sa colonne"
            " et ce qu'il faut faire."
        ),
    ),
    ("CSV", "Le même tableau, en un seul fichier, avec la même première ligne."),
)


def write(session: Session, path: Path, format: Format) -> None:
    """Write the values of the indicators in force; a CSV is one plain file.  Raise `OSError`."""
    measures = queries.whole_measures(session)
    indicators = [it for measure in measures for it in indicators_in_force(measure)]
    rows = list(_rows(indicators, record.current(session, [it.id for it in indicators])))
    table = Table(SHEET, [column_of(column) for column in COLUMNS], lambda: rows, kept_columns=2)
    write_list(table, _LINES, path, format)


def texts_of(reported: Report) -> dict[str, str]:
    """Return the cells of a report's row, by the names of `REPORTED`."""
    texts = files.texts_of(reported)
    moment = texts.pop("point") or texts["day"]
    return {"moment": moment, **{name: text for name, text in texts.items() if name != "day"}}


def _rows(
    indicators: Sequence[Indicator], values: Mapping[int, Sequence[IndicatorValue]]
) -> Iterator[list[Cell]]:
    for indicator in indicators:
        series = record.series_of(indicator)
        present = series[indicator.version.id]
        for row in values.get(indicator.id, ()):
            is_present = series[row.indicator_version_id] == present
            texts = texts_of(report_of(row))
            yield [
                *_plan_cells(indicator, row.version, PRESENT if is_present else EARLIER),
                *(texts[field.name] or None for field in REPORTED),
                row.public_id,
            ]
        yield [*_plan_cells(indicator, indicator.version, None), *[None] * (len(REPORTED) + 1)]


def _plan_cells(
    indicator: Indicator, version: IndicatorVersion, definition: str | None
) -> list[Cell]:
    measurement = measurement_of(version)
    return [
        indicator.code,
        localized(indicator.version.label, DEFAULT_LOCALE),
        localized(version.unit, DEFAULT_LOCALE) if version.unit else None,
        measurement.measured_as.label if measurement.measured_as else None,
        *(figure_text(measurement.figure(point)) for point in TARGETS),
        definition,
    ]
