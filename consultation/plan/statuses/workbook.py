"""Workbook of status assessments: the latest by each assessor, and empty rows to fill in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from consultation.i18n import DEFAULT_LOCALE, LOCALES, localized
from consultation.plan.models import Assessor, Measure, MeasureStatus
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.statuses.parsing import SCALES
from consultation.records.fields import descriptions
from consultation.records.files import column_of, field_of, file_fields
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.reader.rows import Field, FileColumn, Holds, columns_of
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format, write_list
from consultation.work.services import Work

SHEET = "Avancement"
FILENAME = "avancement-des-mesures"

MEASURE = Field(
    "measure",
    "Mesure",
    Holds.CODE,
    20,
    note="Code de la mesure, tel qu'il est dans le plan. À ne pas changer.",
    width=12,
    is_filled=True,
)
TITLE = Field(
    "title",
    "Intitulé",
    Holds.LINE,
    500,
    note="Pour s'y retrouver ; n'est pas lu.",
    width=50,
    may_lack=True,
)
DESCRIBED = descriptions(Assessment)
ASSESSOR = replace(field_of("assessor", DESCRIBED["assessor"]), is_filled=True)
DAY = replace(
    field_of("assessed_on", DESCRIBED["assessed_on"]),
    note="Jour de l'évaluation, comme 24/11/2026. La même date corrige l'évaluation ; une autre"
    " date en ajoute une.",
)
FIELDS = (MEASURE, TITLE, *file_fields(Assessment, {"assessor": ASSESSOR, "assessed_on": DAY}))
COLUMNS = tuple(column for field in FIELDS for column in columns_of([field]))
READ_COLUMNS = tuple(column for column in COLUMNS if column.field is not TITLE)

_LINES = (
    ("Où en sont les mesures : classeur à remplir", ""),
    (
        f"Feuille « {SHEET} »",
        (
            "Une ligne par mesure et par évaluateur, avec sa dernière évaluation. Une ligne sans"
            " date, niveau, éléments ni lien ne dit rien : elle est laissée de côté."
        ),
    ),
    (
        "Corriger",
        (
            "Gardez la date : l'évaluation de ce jour prend le contenu de la ligne, et une cellule"
            " vidée vide ce qui était écrit."
        ),
    ),
    (
        "Ajouter",
        (
            "Donnez une autre date, sur la même ligne ou sur une nouvelle : l'évaluation précédente"
            " reste dans l'historique."
        ),
    ),
    (
        "Retirer",
        (
            "Un import ne retire jamais rien : ce qui n'est pas dans la feuille reste sur le site,"
            " et se retire sur la page de la mesure."
        ),
    ),
    ("Évaluateurs", " ; ".join(Assessor.labels())),
    *((scale, " ; ".join(level.label for level in levels)) for scale, levels in SCALES.items()),
    ("Dates", "Une date du tableur, ou un texte : 24/11/2026, 2026-11-24. Jamais à venir."),
    (
        "Erreurs",
        (
            "Une seule erreur, et rien n'est importé : chacune est donnée avec sa ligne, sa colonne"
            " et ce qu'il faut faire."
        ),
    ),
    ("CSV", "Le même tableau, en un seul fichier, avec la même première ligne."),
)


def write(work: Work, path: Path, format: Format) -> None:
    """Write the workbook of the measures in force; a CSV is one plain file.  Raise `OSError`."""
    rows = list(_rows(assessments.assessed_measures(work)))
    table = Table(SHEET, [_column(column) for column in COLUMNS], lambda: rows)
    write_list(table, _LINES, path, format)


def _rows(measures: Sequence[Measure]) -> Iterator[list[Cell]]:
    for measure in measures:
        latest = assessments.latest(measure.statuses)
        for assessor in Assessor:
            title = localized(measure.title, DEFAULT_LOCALE)
            status = latest.get(assessor)
            values = _values(status) if status else [None] * (3 + len(LOCALES))
            yield [measure.code, title, assessor.label, *values]


def _values(status: MeasureStatus) -> list[Cell]:
    evidence = status.evidence or {}
    texts = (evidence.get(tag) for tag in LOCALES)
    return [status.assessed_on, status.level.label, *texts, status.source_url]


def _column(column: FileColumn) -> Column:
    made = column_of(column)
    return replace(made, is_text=made.is_text and column.field not in (TITLE, DAY))
