"""Kinds of values that several records have: days and links."""

import re
from datetime import date
from urllib.parse import urlsplit

from consultation.records.fields import FieldKind
from consultation.spreadsheets.reader.rows import QUOTED, ValueRefused
from consultation.text import clean_line, length
from consultation.web.typography import parse_date

LONGEST_LINK = 500
_NOT_IN_LINKS = re.compile(r"[\s\"<>\\^`{|}]")


def day_of(text: str) -> date:
    """Return a day, typed as 2026-11-24 or 24/11/2026; raise `ValueRefused`."""
    day = parse_date(text)
    if day is None:
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est pas une date",
            "Écrivez le jour, le mois et l'année, comme 24/11/2026.",
        )
    return day


def link_of(typed: str) -> str:
    """Return the address of a source, which is https, without user name or password."""
    text = clean_line(typed)
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


DAY: FieldKind[date] = FieldKind(
    day_of, lambda day: f"{day:%d/%m/%Y}", 60, restore=date.fromisoformat
)
LINK: FieldKind[str] = FieldKind(link_of, str, LONGEST_LINK * 4)
"""A longer one than `LONGEST_LINK` is refused with what to do about it."""
