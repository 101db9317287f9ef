"""Parsing of the fields of a status assessment, typed in a form or a file.

Also the French labels of these fields and of their values.
"""

from collections.abc import Mapping
from datetime import date

from consultation.plan.models import Assessor, Level
from consultation.records.kinds import day_of
from consultation.spreadsheets.reader.rows import ValueRefused, named

SCALES: Mapping[str, tuple[Level, ...]] = {
    "Engagée ou non": (Level.NOT_ENGAGED, Level.ENGAGED),
    "Réalisée ou non": (Level.NOT_DONE, Level.PARTLY_DONE, Level.DONE),
}
"""The two scales in use; an assessor may use either."""

FIELD_LABELS: Mapping[str, str] = {
    "assessed_on": "Date de l'évaluation",
    "assessor": "Qui évalue",
    "level": "Niveau",
    "evidence": "Éléments à l'appui",
    "evidence_en": "Éléments à l'appui, en anglais",
    "source_url": "Lien vers la source",
}


LONGEST_EVIDENCE = 5000
EARLIEST = date(2000, 1, 1)
"""The first day that is taken: no plan of this kind is older, an earlier one is a typing error."""

OTHER_NAMES: Mapping[str, Assessor | Level] = {
    "l'etat": Assessor.STATE,
    "le collectif": Assessor.COLLECTIVE,
    "le rapporteur national": Assessor.RAPPORTEUR,
    "partiellement": Level.PARTLY_DONE,
}


def assessor_of(text: str) -> Assessor:
    """Return the assessor named in French or by the stored value."""
    return named(text, Assessor, "personne n'évalue sous le nom de", OTHER_NAMES)


def level_of(text: str) -> Level:
    """Return the level, of either scale, named in French or by the stored value."""
    return named(text, Level, "aucun niveau ne s'appelle", OTHER_NAMES)


def date_of(text: str, today: date) -> date:
    """Return a day no later than today, typed as 2026-11-24 or 24/11/2026."""
    day = day_of(text)
    if day > today:
        raise ValueRefused(
            f"le {day:%d/%m/%Y} n'est pas encore venu",
            "Donnez le jour où l'évaluation a été faite, au plus tard aujourd'hui.",
        )
    if day < EARLIEST:
        raise ValueRefused(f"l'année {day.year} est trop ancienne", "Vérifiez l'année.")
    return day
