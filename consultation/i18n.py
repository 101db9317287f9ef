"""Languages of the site, and texts in several of them.

A language is a folder of `translations`, named by its tag: a catalogue, and `language.toml`.
Folding of text for searches is here as well.
"""

import enum
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from consultation import settings
from consultation.text import capitalized, normalized

DEFAULT_LOCALE = "fr"
FOLDER = Path(__file__).parent / "translations"
NAMED = re.compile(r"(?<!\?P)<(\w+)>")
"""A name in the pattern of a file; that of a group of the expression stands after `?P`."""
VOCABULARIES = ("stopwords", "unsearched")


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
    base: str = ""
    """The language that it is an easier form of: it has its plurals, its typography, the texts that
    its own folder lacks, and pages say that they are in it."""
    path: str = ""
    """How its addresses begin, where that is not its tag."""
    is_large: bool = False
    """Whether its pages are set in larger text."""
    is_short: bool = False
    """Whether its pages say one thing at a time: a result is a sentence, an indicator of the form
    a screen."""
    has_readers: bool = False
    """Whether its pages say which people read them over, as easy texts do."""
    formats: str = ""
    """The locale of CLDR whose numbers and dates it has, where that is not its tag."""
    is_read: bool = False
    """Whether somebody who has it as their language read the pages on safety before it shipped."""
    hour: str = "%H:%M"
    """How an hour is written, for `strftime`."""
    fonts: str = "fonts-noto-core"
    """The package of Debian whose fonts draw its letters."""
    stemmer: str = ""
    """Snowball's name of it, for searches; without one, words are found as they are written."""
    stopwords: frozenset[str] = frozenset()
    """Small words by which a text in it is known."""
    unsearched: frozenset[str] = frozenset()
    """Folded words that say nothing of a subject."""

    @property
    def locale(self) -> str:
        """The name by which Babel knows its numbers and dates, `pt_BR`."""
        return self.formats or self.tag.replace("-", "_")

    @property
    def lang(self) -> str:
        """The tag by which browsers, voices and word processors know it."""
        return self.base or self.tag

    @property
    def spelling(self) -> str:
        """The same with its territory, `en-GB`."""
        return f"{self.lang}-{self.territory}"

    @property
    def prefix(self) -> str:
        """How every path in this language begins."""
        return "" if self.tag == DEFAULT_LOCALE else f"/{self.path or self.tag.lower()}"


def _shipped_languages() -> Iterator[Language]:
    for path in FOLDER.glob("*/language.toml"):
        values: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        lists = {name: frozenset(values.pop(name, "").split()) for name in VOCABULARIES}
        yield Language(path.parent.name, **values | lists)


SHIPPED: Mapping[str, Language] = {
    it.tag: it for it in sorted(_shipped_languages(), key=lambda it: (bool(it.prefix), it.name))
}
"""The languages that there are, by their tags, French first."""
LANGUAGES: Mapping[str, Language] = {
    tag: it for tag, it in SHIPPED.items() if tag in (DEFAULT_LOCALE, *settings.languages())
}
"""Those of this site."""
LOCALES = tuple(LANGUAGES)
OTHER_LOCALES = tuple(tag for tag in LOCALES if tag != DEFAULT_LOCALE)
NAMES = {tag: it.french_name for tag, it in LANGUAGES.items()}
"""Names of the languages, in French."""


def language_of(tag: str) -> Language:
    """The language of a tag, French for one that the site no longer has."""
    return LANGUAGES.get(tag, LANGUAGES[DEFAULT_LOCALE])


def among_locales(chosen: Collection[str] | None) -> tuple[str, ...]:
    """The languages of the site that were chosen for something, French always; all for None."""
    if chosen is None:
        return LOCALES
    return tuple(tag for tag in LOCALES if tag == DEFAULT_LOCALE or tag in chosen)


def is_french(tag: str) -> bool:
    """Whether a language is French, in an easier form perhaps."""
    return language_of(tag).lang == DEFAULT_LOCALE


def choices_of_language() -> list[tuple[str, str]]:
    """The languages as a list on a page of the team offers them."""
    others = [(tag, f"{capitalized(name)}, où il existe") for tag, name in NAMES.items()]
    return [(DEFAULT_LOCALE, capitalized(NAMES[DEFAULT_LOCALE])), *others[1:]]


Localized = dict[str, str]
"""A text by language, always with a French one."""


def shipped_text(name: str) -> Localized:
    """A text that ships as a file, `notice.md`, in the folders of the site's languages."""
    texts = _files(name)
    return {tag: texts[tag].rstrip() for tag in LOCALES if tag in texts}


def data_by_language(name: str) -> Mapping[str, dict[str, Any]]:
    """What a file of TOML says in the folder of each language that has it, whichever a site has."""
    return {tag: tomllib.loads(text) for tag, text in _files(name).items()}


def expanded(pattern: str, parts: Mapping[str, str]) -> str:
    """A regular expression of such a file, with the named parts, `<name>`, that stand in it."""
    while named := NAMED.search(pattern):
        pattern = pattern.replace(named[0], f"(?:{parts[named[1]]})")
    return pattern


@cache
def _files(name: str) -> Mapping[str, str]:
    paths = {tag: FOLDER / tag / name for tag in SHIPPED}
    return {tag: path.read_text("utf-8") for tag, path in paths.items() if path.exists()}


def localized(text: Mapping[str, str] | None, locale: str) -> str:
    """Return `text` in `locale`, else in French; an empty string for None."""
    if not text:
        return ""
    return text.get(locale) or text.get(DEFAULT_LOCALE, "")


def key_of(name: str, tag: str) -> str:
    """The name of a text of a translated field in a language, in forms and files."""
    return name if tag == DEFAULT_LOCALE else f"{name}_{tag}"


def lacking(text: Mapping[str, str] | None, tags: Iterable[str] = OTHER_LOCALES) -> list[str]:
    """The languages, of the site or of `tags`, in which a text that is there in French is not."""
    is_written = bool(text and text.get(DEFAULT_LOCALE, "").strip())
    return [tag for tag in tags if text and not text.get(tag)] if is_written else []


def lacking_counts(
    texts: Iterable[Mapping[str, str] | None], tags: Sequence[str] = OTHER_LOCALES
) -> dict[str, int]:
    """How many of the texts each language lacks; a language that lacks none is not there."""
    counts = Counter(tag for text in texts for tag in lacking(text, tags))
    return {tag: counts[tag] for tag in tags if tag in counts}


def by_language(counts: Mapping[str, int]) -> str:
    """Counts with the French names of their languages, as a sentence lists them."""
    return ", ".join(f"{NAMES[tag]} ({count})" for tag, count in counts.items())


UNDETERMINED = "und"
"""The tag of a language that is none of those that ship, in BCP 47."""


def name_of(tag: str) -> str:
    """The French name of a language, whichever the site has; of one that never shipped, its tag."""
    if tag == UNDETERMINED:
        return "langue non reconnue"
    return SHIPPED[tag].french_name if tag in SHIPPED else tag


def names_of(tags: Iterable[str]) -> str:
    """The French names of languages, as a sentence lists them."""
    return ", ".join(NAMES[tag] for tag in tags)


def vocabulary_counts(tokens: Iterable[str]) -> list[tuple[int, str]]:
    """How many of the words, without capitals, are small ones of each language, most first."""
    listed = list(tokens)
    counts = {
        tag: sum(it in language.stopwords for it in listed) for tag, language in SHIPPED.items()
    }
    return sorted(((count, tag) for tag, count in counts.items()), key=lambda it: -it[0])


def keyed(name: str, text: Mapping[str, str] | None) -> dict[str, str]:
    """The texts of a translated field by their names in forms and files, empty for none."""
    return {key_of(name, tag): (text or {}).get(tag, "") for tag in LOCALES}


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
