"""Languages of the site, and texts in several of them.

Folding of text for searches is here as well.
"""

import unicodedata
from collections.abc import Mapping

from consultation.text import normalized

LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"

Localized = dict[str, str]
"""A text by language, always with a French one."""


def localized(text: Mapping[str, str] | None, locale: str) -> str:
    """Return `text` in `locale`, else in French; an empty string for None."""
    if not text:
        return ""
    return text.get(locale) or text.get(DEFAULT_LOCALE, "")


def bilingual(french: str, english: str) -> Localized | None:
    """Return a text by language, None without a French one."""
    if not french:
        return None
    return {"fr": french, "en": english} if english else {"fr": french}


def folded(text: str) -> str:
    """Return `text` for comparison: without accents, case or repeated blanks."""
    decomposed = normalized("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    bare = "".join(it for it in decomposed if not unicodedata.combining(it))
    return " ".join(bare.casefold().replace("’", "'").split())


ENGLISH_PREFIX = "/en"


def prefix_for(locale: str) -> str:
    """Return the prefix of every path in `locale`."""
    return ENGLISH_PREFIX if locale == "en" else ""
