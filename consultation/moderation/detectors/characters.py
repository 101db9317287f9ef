"""Detectors of unusual characters: passages in capitals, hidden characters.

The language of a text is guessed here too, from its commonest words.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from consultation.i18n import SHIPPED, UNDETERMINED, vocabulary_counts
from consultation.moderation.detectors.base import UPPER, Detection
from consultation.moderation.models import Certainty, FindingKind
from consultation.moderation.texts.ranges import ZERO_WIDTH_JOINER
from consultation.text import is_hidden, is_variation_selector

REORDERING = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
"""Characters that change the order in which what follows is read."""

HARMLESS = frozenset("\u00ad\ufeff\u200e\u200f\u061c\u202c\u2069")
"""Characters that keyboards, word processors and right-to-left scripts put in by themselves."""


def find_hidden_characters(text: str) -> Iterator[Detection]:
    """Yield the runs of hidden characters, in the original text."""
    if not any(map(_may_be_suspect, set(text))):
        return
    start = None
    for place, character in enumerate(text):
        if _is_suspect(text, place, character):
            start = place if start is None else start
        elif start is not None:
            yield _hidden(text, start, place)
            start = None
    if start is not None:
        yield _hidden(text, start, len(text))


def _is_suspect(text: str, place: int, character: str) -> bool:
    joins_pictures = character == ZERO_WIDTH_JOINER and _joins_pictures(text, place)
    return _may_be_suspect(character) and not joins_pictures


def _may_be_suspect(character: str) -> bool:
    return (
        not character.isascii()
        and is_hidden(character)
        and character not in HARMLESS
        and not is_variation_selector(character)
        and not "\U000e0020" <= character <= "\U000e007f"  # those that end the flags of regions
    )


def _joins_pictures(text: str, place: int) -> bool:
    following = text[place + 1 : place + 2]
    return following != "" and unicodedata.category(following) == "So"


def _hidden(text: str, start: int, end: int) -> Detection:
    # A reversed telephone number is read backwards by eyes only: a moderator must see such a text.
    reorders = not REORDERING.isdisjoint(text[start:end])
    certainty = Certainty.LIKELY if reorders else Certainty.POSSIBLE
    return Detection(FindingKind.HIDDEN_SIGNS, certainty, start, end)


CAPITALS = re.compile(rf"(?<![{UPPER}])[{UPPER}][{UPPER}\W\d_]{{24,}}+")
EXCLAIMED = re.compile(r"!{4,}+|\?{5,}+")
FEWEST_CAPITALS = 20
FEWEST_CAPITALISED = 4


def find_shouting(text: str) -> Iterator[Detection]:
    """Yield the passages in capitals, longer than any acronym, and rows of exclamation marks."""
    for match in CAPITALS.finditer(text):
        # The last capital may begin a word in small letters.
        is_cut = text[match.end() : match.end() + 1].islower()
        passage = match[0][:-1].rstrip() if is_cut else match[0].rstrip()
        letters = sum(character.isupper() for character in passage)
        capitals = re.findall(rf"[{UPPER}]+", passage)
        if (
            letters >= FEWEST_CAPITALS
            and len(capitals) >= FEWEST_CAPITALISED
            and _has_stopword(capitals)
        ):
            end = match.start() + len(passage)
            yield Detection(FindingKind.SHOUTING, Certainty.POSSIBLE, match.start(), end)
    for match in EXCLAIMED.finditer(text):
        yield Detection(FindingKind.SHOUTING, Certainty.POSSIBLE, match.start(), match.end())


def _has_stopword(tokens: Iterable[str]) -> bool:
    """Return whether these are sentences: a list of acronyms has no « de » and no « the »."""
    return any(count for count, _tag in vocabulary_counts(word.casefold() for word in tokens))


WORD = re.compile(r"[^\W\d_]+")
READ = 5_000  # characters, enough to know a language
FEWEST_TOKENS = 12
"""Words among which there are small ones in each language that ships."""
FEWEST_LETTERS = 3


def locale_of(text: str) -> str | None:
    """The language of `text` by its small words, None when they do not tell.

    `UNDETERMINED` where they are surely of another one, or its letters are.
    """
    tokens = [word.casefold() for word in WORD.findall(text[:READ])]
    (most, tag), *others = vocabulary_counts(tokens)
    is_clear = most >= 2 and most * 12 >= len(tokens) and all(most > it for it, _tag in others)
    if is_clear:
        return tag
    has_few = len(tokens) >= FEWEST_TOKENS and most * 12 < len(tokens)
    return UNDETERMINED if has_few or _is_in_another_script("".join(tokens)) else None


def _is_in_another_script(letters: str) -> bool:
    others = sum(_script(it) not in _known_scripts() for it in letters)
    return others >= FEWEST_LETTERS and others * 2 > len(letters)


@cache
def _known_scripts() -> frozenset[str]:
    """The scripts of the languages that ship, by their small words."""
    letters = ("".join(language.stopwords) for language in SHIPPED.values())
    return frozenset(map(_script, "".join(letters)))


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    """The first word of a letter's name, which is its script: « CYRILLIC »."""
    return unicodedata.name(letter, "").partition(" ")[0]
