"""What every reader of a text shares: what it found, and the copy that it reads."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from consultation.moderation.models import Certainty, FindingKind

UPPER = "A-ZÀ-ÖØ-ÞŒŠŽ"
LOWER = "a-zß-öø-ÿœšž"


@dataclass(frozen=True)
class Found:
    """A range of a text, in code points, and what a machine believes it to be."""

    kind: FindingKind
    certainty: Certainty
    start: int
    end: int


Reader = Callable[[str], Iterable[Found]]
NameFinder = Callable[[str], Iterable[tuple[int, int]]]
"""What finds the names of people in a text: their ranges."""


@dataclass(frozen=True)
class Copy:
    """A text as readers see it: without hidden signs, marks or odd shapes of digits.

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
    """Return the copy of `text` that is screened; what is invisible can hide nothing in it."""
    if text.isascii():
        return Copy(text, None)
    signs: list[str] = []
    origins: list[int] = []
    for place, sign in enumerate(text):
        folded = _fold(sign)
        if folded:
            signs.append(folded)
            origins.append(place)
        elif signs and unicodedata.combining(sign):
            signs[-1] = _composed(signs[-1], sign)
    return Copy("".join(signs), tuple(origins))


@lru_cache(maxsize=4096)
def _fold(sign: str) -> str:
    """Return what a reader takes `sign` for; nothing for what is invisible or a mark."""
    category = unicodedata.category(sign)
    if is_hidden(sign) or category.startswith("M"):
        return ""
    if category in ("Zs", "Pd"):
        return " " if category == "Zs" else "-"
    if sign in "’‘ʼ′−²³¹":
        return {"−": "-"}.get(sign, sign if sign in "²³¹" else "'")
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign


def _composed(sign: str, mark: str) -> str:
    composed = unicodedata.normalize("NFC", sign + mark)
    return composed if len(composed) == 1 else sign


_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_hidden(sign: str) -> bool:
    """Say whether `sign` shows nothing: controls of direction, zero widths, selectors, tags."""
    return (
        unicodedata.category(sign) == "Cf" or sign in _BLANK_LETTERS or is_variation_selector(sign)
    )


def is_variation_selector(sign: str) -> bool:
    """Say whether `sign` only chooses how the one before it looks."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"


def matches(
    pattern: re.Pattern[str], text: str, kind: FindingKind, certainty: Certainty
) -> Iterator[Found]:
    """Yield a finding for each match of `pattern`, or of its group `seen` where it has one."""
    group: int | str = "seen" if "seen" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Found(kind, certainty, match.start(group), match.end(group))


def before(text: str, place: int, length: int = 40) -> str:
    """Return what stands just before `place`, for words that change what follows."""
    return text[max(0, place - length) : place]
