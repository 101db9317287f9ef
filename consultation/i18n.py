"""Languages of the site, and texts in several of them.

A language is a folder of `translations`, named by its tag: a catalogue, and `language.toml`.
Folding of text for searches is here as well.
"""

import enum
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from consultation.text import normalized

DEFAULT_LOCALE = "fr"


@dataclass(frozen=True)
class Language:
    """What a language says of itself; all but its French name in its own words."""

    tag: str
    """Of BCP 47, as its folder is called."""
    name: str
    french_name: str
    territory: str
    """Whose spelling it is, for word processors."""
    offer: str
    """That the site is in this language too, and the link that leads there."""
    follow: str
    share_picture: str = "share.png"
    """What other sites show beside a link, in `static`."""
    direction: str = "ltr"
    formats: str = ""
    """The locale of CLDR whose numbers and dates it has, where that is not its tag."""

    @property
    def locale(self) -> str:
        """The name by which Babel knows its numbers and dates, `pt_BR`."""
        return self.formats or self.tag.replace("-", "_")

    @property
    def spelling(self) -> str:
        """The tag with its territory, `en-GB`."""
        return f"{self.tag}-{self.territory}"

    @property
    def prefix(self) -> str:
        """How every path in this language begins."""
        return "" if self.tag == DEFAULT_LOCALE else f"/{self.tag.lower()}"


def _languages() -> Iterator[Language]:
    for path in Path(__file__).parent.glob("translations/*/language.toml"):
        yield Language(path.parent.name, **tomllib.loads(path.read_text("utf-8")))


LANGUAGES: Mapping[str, Language] = {
    it.tag: it for it in sorted(_languages(), key=lambda it: (bool(it.prefix), it.name))
}
"""By their tags, French first."""
LOCALES = tuple(LANGUAGES)
NAMES = {tag: it.french_name for tag, it in LANGUAGES.items()}
"""Names of the languages, in French."""


def language_of(tag: str) -> Language:
    """The language of a tag, French for one that the site no longer has."""
    return LANGUAGES.get(tag, LANGUAGES[DEFAULT_LOCALE])


def choices_of_language() -> list[tuple[str, str]]:
    """The languages as a list on a page of the team offers them."""
    others = [(tag, f"{name.capitalize()}, où il existe") for tag, name in NAMES.items()]
    return [(DEFAULT_LOCALE, NAMES[DEFAULT_LOCALE].capitalize()), *others[1:]]


Localized = dict[str, str]
"""A text by language, always with a French one."""


def localized(text: Mapping[str, str] | None, locale: str) -> str:
    """Return `text` in `locale`, else in French; an empty string for None."""
    if not text:
        return ""
    return text.get(locale) or text.get(DEFAULT_LOCALE, "")


def key_of(name: str, tag: str) -> str:
    """The name of a text of a translated field in a language, in forms and files."""
    return name if tag == DEFAULT_LOCALE else f"{name}_{tag}"


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


def prefix_for(locale: str) -> str:
    """Return the prefix of every path in `locale`, none for one that the site does not have."""
    return LANGUAGES[locale].prefix if locale in LANGUAGES else ""


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
