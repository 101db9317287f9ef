"""The languages of the pages, and texts written in several of them."""

import unicodedata
from collections.abc import Mapping

from consultation.text import normalized

LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"

Localized = dict[str, str]
"""A text by language; French is always there."""


def localized(text: Mapping[str, str] | None, locale: str) -> str:
    """Return `text` in `locale`, else in French; nothing gives an empty string."""
    if not text:
        return ""
    return text.get(locale) or text.get(DEFAULT_LOCALE, "")


def bilingual(french: str, english: str) -> Localized | None:
    """Return a text by language, None without a French one."""
    if not french:
        return None
    return {"fr": french, "en": english} if english else {"fr": french}


def folded(text: str) -> str:
    """Return `text` as a search compares it: without accents, case or doubled blanks."""
    decomposed = normalized("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(bare.casefold().replace("’", "'").split())


ENGLISH_PREFIX = "/en"


def prefix_for(locale: str) -> str:
    """Return what stands before every path in `locale`."""
    return ENGLISH_PREFIX if locale == "en" else ""
