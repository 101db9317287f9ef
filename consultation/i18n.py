"""Languages of the site, and texts in several of them.

Folding of text for searches is here as well.
"""

import enum
import unicodedata
from collections.abc import Mapping
from typing import Self

from consultation.text import normalized

LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"
NAMES = {"fr": "français", "en": "anglais"}
"""Names of the languages, in French."""

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


def form_for(count: int, singular: str, many: str) -> str:
    """The French form for a count, as the French catalogue has it: zero and one are singular."""
    return singular if count < 2 else many


def N_(french: str) -> str:  # noqa: N802  # gettext's name for it
    """Mark a text for the catalogue, and return it as it is: it is translated where it is shown."""
    return french


class Labelled(enum.StrEnum):
    """Values with the label of each: `SURVEY = "survey", "enquête"`.

    What the public reads too is marked by `N_`.  A third text is the label in public where it
    differs from the team's: `STATE = "state", "État", N_("l'État")`.
    """

    _value_: str
    label: str
    public_label: str

    def __new__(cls, value: str, label: str = "", public_label: str = "") -> Self:
        if not label:  # optional for the type checker alone, which takes a look-up for this call
            raise TypeError(f"{value} has no label")
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.public_label = public_label or label
        return member

    @classmethod
    def labels(cls) -> list[str]:
        """Return the labels, in their order."""
        return [member.label for member in cls]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the stored value and the label of each, as a list on a page offers them."""
        return [(member.value, member.label) for member in cls]
