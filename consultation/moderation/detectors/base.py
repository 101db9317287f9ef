"""Base of the detectors: detector, detection, and the folded text in which they search."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from consultation.moderation.models import Certainty, FindingKind
from consultation.text import is_hidden

UPPER = "A-ZÀ-ÖØ-ÞŒŠŽĂȘȚŞŢ"
LOWER = "a-zß-öø-ÿœšžășțşţ"


@dataclass(frozen=True)
class Detection:
    """A range of a text, in code points, with its kind and certainty."""

    kind: FindingKind
    certainty: Certainty
    start: int
    end: int


@dataclass(frozen=True)
class Detector:
    """Finds the passages of one kind in a folded text.

    Of the exclusive detectors only the first has a character: an address is no name.
    `is_identifying` says that such a passage leads to a person by itself.
    """

    kind: FindingKind
    find: Callable[[str], Iterable[Detection]]
    is_exclusive: bool = True
    is_identifying: bool = True


NameFinder = Callable[[str], Iterable[tuple[int, int]]]
"""Returns the ranges of the names of people in a text."""


@dataclass(frozen=True)
class Copy:
    """A text as detectors see it: without hidden characters, marks or odd shapes of digits.

    `origins` says where in the original each character comes from; None: the same place.
    """

    text: str
    origins: tuple[int, ...] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the original that `start` and `end` of the copy stand for."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def readable(text: str) -> Copy:
    """Fold `text` for the detectors; what is invisible can hide nothing in the copy."""
    others = {character for character in set(text) if not character.isascii()}
    whole = text.translate({ord(character): _fold(character) for character in others})
    if len(whole) == len(text):
        return Copy(whole, None)
    characters: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        folded = _fold(character)
        if folded:
            characters.append(folded)
            origins.append(place)
        elif characters and unicodedata.combining(character):
            characters[-1] = _composed(characters[-1], character)
    return Copy("".join(characters), tuple(origins))


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """Fold one character; an invisible one or a mark becomes nothing."""
    category = unicodedata.category(character)
    if is_hidden(character) or category.startswith("M"):
        return ""
    if category in ("Zs", "Pd"):
        return " " if category == "Zs" else "-"
    if character in "’‘ʼ′−²³¹":
        return {"−": "-"}.get(character, character if character in "²³¹" else "'")
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def _composed(character: str, mark: str) -> str:
    composed = unicodedata.normalize("NFC", character + mark)
    return composed if len(composed) == 1 else character


def matches(
    pattern: re.Pattern[str], text: str, kind: FindingKind, certainty: Certainty
) -> Iterator[Detection]:
    """Yield a finding for each match of `pattern`, or of its group `seen` where it has one."""
    group: int | str = "seen" if "seen" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Detection(kind, certainty, match.start(group), match.end(group))


def before(text: str, place: int, length: int = 40) -> str:
    """Return the text just before `place`, whose words may change what follows."""
    return text[max(0, place - length) : place]
