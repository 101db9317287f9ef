"""Parsing of the fields of a status assessment, typed in a form or a file.

Also the French labels of these fields and of their values.
"""

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from consultation.plan.models import Assessor, Level
from consultation.spreadsheets.reader.rows import QUOTED, ValueRefused, named
from consultation.text import length
from consultation.web.typography import parse_date

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
LONGEST_LINK = 500
EARLIEST = date(2000, 1, 1)
"""The first day that is taken: no plan of this kind is older, an earlier one is a typing error."""

OTHER_NAMES: Mapping[str, Assessor | Level] = {
    "l'etat": Assessor.STATE,
    "le collectif": Assessor.COLLECTIVE,
    "le rapporteur national": Assessor.RAPPORTEUR,
    "partiellement": Level.PARTLY_DONE,
}
_NOT_IN_LINKS = re.compile(r"[\s\"<>\\^`{|}]")


def assessor_of(text: str) -> Assessor:
    """Return the assessor named in French or by the stored value."""
    return named(text, Assessor, "personne n'évalue sous le nom de", OTHER_NAMES)


def level_of(text: str) -> Level:
    """Return the level, of either scale, named in French or by the stored value."""
    return named(text, Level, "aucun niveau ne s'appelle", OTHER_NAMES)


def date_of(text: str, today: date) -> date:
    """Return a day no later than today, typed as 2026-11-24 or 24/11/2026."""
    day = parse_date(text)
    if day is None:
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est pas une date",
            "Écrivez le jour, le mois et l'année, comme 24/11/2026.",
        )
    if day > today:
        raise ValueRefused(
            f"le {day:%d/%m/%Y} n'est pas encore venu",
            "Donnez le jour où l'évaluation a été faite, au plus tard aujourd'hui.",
        )
    if day < EARLIEST:
        raise ValueRefused(f"l'année {day.year} est trop ancienne", "Vérifiez l'année.")
    return day


def link_of(text: str) -> str:
    """Return the address of a source, which is https, without user name or password."""
    if length(text) > LONGEST_LINK:
        raise ValueRefused(
            f"l'adresse compte {length(text)} caractères, la limite est de {LONGEST_LINK}",
            "Donnez une adresse plus courte, sans ce qui suit le « ? » si elle s'ouvre sans.",
        )
    if not _is_secure(text):
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est pas une adresse qui commence par https://",
            "Copiez l'adresse entière depuis la barre du navigateur, ou laissez vide.",
        )
    return text


def _is_secure(text: str) -> bool:
    if _NOT_IN_LINKS.search(text):
        return False
    try:
        parts = urlsplit(text)
        has_place = bool(parts.hostname) and "." in (parts.hostname or "")
        is_bare = parts.username is None and parts.password is None and (parts.port or 443) > 0
    except ValueError:
        return False
    return parts.scheme == "https" and has_place and is_bare
