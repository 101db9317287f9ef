"""Workbook of observed values: those that stand, beside the targets, and rows to fill in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan import queries
from consultation.plan.measurement.texts import date_text, figure_text, value_text
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
from consultation.plan.values.texts import (
    LONGEST_COVERS,
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_REPORTER,
    LONGEST_SOURCE,
)
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.reader.rows import Field, FileColumn, Holds
from consultation.spreadsheets.table import Column, Table
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


def _field(
    name: str, header: str, limit: int, note: str, width: int = 18, *, may_lack: bool = False
) -> Field:
    holds = Holds.VALUE if name == "value" else Holds.FIGURE
    return Field(name, header, holds, limit, note=note, width=width, may_lack=may_lack)


MOMENT = _field("moment", "Pour quand", 60, "étape, mi-parcours, fin du plan, ou un jour.")
VALUE = _field("value", "Valeur", 200, "La valeur seule : 12,5 pour 12,5 %. Vide si elle manque.")
MISSING_BECAUSE = _field(
    "missing_because", "Valeur manquante", 60, "Pourquoi il n'y a pas de valeur.", 24, may_lack=True
)
REPORTED_BY = _field("reported_by", "Qui la donne", 60, "Qui donne cette valeur.")
SOURCE_KIND = _field("source_kind", "Sorte de source", 60, "Peut rester vide.", 24, may_lack=True)
REFERENCE = _field(
    "reference",
    "Référence",
    30,
    "La valeur que la ligne corrige. À ne pas changer ; vide pour une valeur de plus.",
    26,
    may_lack=True,
)
REPORTED = (
    MOMENT,
    VALUE,
    MISSING_BECAUSE,
    _field(
        "observed_on", "Date de la valeur", 30, "2026, 06/2026 ou 30/06/2026.", 14, may_lack=True
    ),
    _field("covers", "Couvre", LONGEST_COVERS, "Territoire, personnes.", 40, may_lack=True),
    REPORTED_BY,
    _field("reporter", "Organisation", LONGEST_REPORTER, "Si c'en est une.", 26, may_lack=True),
    _field("source", "Source", LONGEST_SOURCE, "D'où vient le chiffre.", 40, may_lack=True),
    _field("source_url", "Lien", LONGEST_LINK * 4, "Il commence par https://.", 40, may_lack=True),
    SOURCE_KIND,
    _field("note", "Note", LONGEST_NOTE, "Pour l'équipe seulement.", 40, may_lack=True),
)
FIELDS = (INDICATOR, LABEL, UNIT, KIND, *TARGETS.values(), SERIES, *REPORTED, REFERENCE)
COLUMNS = tuple(FileColumn(field, "fr", field.header) for field in FIELDS)
READ_COLUMNS = tuple(column for column in COLUMNS if column.field not in CONTEXT)

CHOICES: Mapping[Field, Collection[str]] = {
    MISSING_BECAUSE: MissingBecause.labels(),
    REPORTED_BY: Reporter.labels(),
    SOURCE_KIND: SourceKind.labels(),
}
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
            " Plusieurs sources pour un même moment restent côte à côte."
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
    ("Pour quand", f"{' ; '.join(ValuePoint.labels())} ; ou un jour, comme 30/06/2026."),
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
    table = Table(SHEET, [_column(column) for column in COLUMNS], lambda: rows, kept_columns=2)
    write_list(table, _LINES, path, format)


def texts_of(reported: Report) -> dict[str, str]:
    """Return the cells of a report's row, by the names of `REPORTED`."""
    day, value = reported.day, reported.value
    return {
        "moment": reported.point.label if reported.point else f"{day:%d/%m/%Y}",
        "value": "" if value is None else value_text(value),
        "missing_because": why.label if (why := reported.missing_because) else "",
        "observed_on": date_text(reported.observed_on),
        "covers": reported.covers,
        "reported_by": reported.reported_by.label,
        "reporter": reported.reporter,
        "source": reported.source,
        "source_url": reported.source_url or "",
        "source_kind": kind.label if (kind := reported.source_kind) else "",
        "note": reported.note.strip(),
    }


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


def _column(column: FileColumn) -> Column:
    field = column.field
    return Column(
        column.header,
        field.width,
        field.note,
        tuple(CHOICES.get(field, ())),
        is_text=field not in CHOICES,
    )
