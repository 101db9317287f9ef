"""Parsing of the fields of a status assessment, typed in a form or a file."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from consultation.plan.models import Assessor, Level
from consultation.records.fields import FieldKind, choice
from consultation.records.kinds import DAY, day_of
from consultation.spreadsheets.reader.rows import ValueRefused

SCALES: Mapping[str, tuple[Level, ...]] = {
    "Engagée ou non": (Level.NOT_ENGAGED, Level.ENGAGED),
    "Réalisée ou non": (Level.NOT_DONE, Level.PARTLY_DONE, Level.DONE),
}
"""The two scales in use; an assessor may use either."""

EARLIEST = date(2000, 1, 1)
"""The first day that is taken: no plan of this kind is older, an earlier one is a typing error."""

OTHER_NAMES: Mapping[str, Assessor | Level] = {
    "l'etat": Assessor.STATE,
    "le collectif": Assessor.COLLECTIVE,
    "le rapporteur national": Assessor.RAPPORTEUR,
    "partiellement": Level.PARTLY_DONE,
}


ASSESSOR = choice(Assessor, "personne n'évalue sous le nom de", OTHER_NAMES)
LEVEL = choice(Level, "aucun niveau ne s'appelle", OTHER_NAMES)


def assessed_by(today: date) -> FieldKind[date]:
    """Return the kind of the days on which a measure may have been assessed."""
    return replace(DAY, read=partial(date_of, today=today))


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
