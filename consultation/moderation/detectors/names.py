"""Detectors of people's names, with spaCy where it is installed."""

import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from consultation.i18n import data_by_language, expanded
from consultation.moderation.detectors.base import (
    LOWER,
    UPPER,
    Detection,
    NameFinder,
    before,
)
from consultation.moderation.models import Certainty, FindingKind

MODEL = "fr_core_news_sm"
LONGEST = 100_000  # characters; the model takes memory by the character
PERSON = "PER"


def is_installed() -> bool:
    """Return whether spaCy and its French model are installed."""
    return all(importlib.util.find_spec(name) for name in ("spacy", MODEL))


def finder() -> NameFinder | None:
    """Return the finder of names, or None without spaCy; its first call takes seconds."""
    return _find if is_installed() else None


def _find(text: str) -> list[tuple[int, int]]:
    entities = _model()(text[:LONGEST]).ents
    return [(entity.start_char, entity.end_char) for entity in entities if entity.label_ == PERSON]


@lru_cache(maxsize=1)
def _model() -> Any:
    return importlib.import_module(MODEL).load()


_WORD = rf"[{UPPER}][{LOWER}{UPPER}'\-]{{1,30}}"
_MORE = (
    rf"(?:[ \-](?:(?:de|da|dos|van|ben|el|al|bint|ould|le|la|d'|du) ?)?"
    rf"(?:{_WORD}|[{UPPER}]\.)){{0,3}}"
)
_PARTS = {
    "upper": f"[{UPPER}]",
    "lower": f"[{LOWER}]",
    "word": _WORD,
    "name": rf"(?P<seen>{_WORD}{_MORE}+)",
}


@dataclass(frozen=True)
class NamePattern:
    """An expression whose group `seen` is a name, but after what `unless` finds."""

    expression: re.Pattern[str]
    unless: re.Pattern[str] | None
    certainty: Certainty


@cache
def patterns() -> Sequence[NamePattern]:
    """The patterns of all languages, from `names.toml` of their folders."""
    return [
        _pattern(row, _PARTS | content.get("words", {}))
        for content in data_by_language("names.toml").values()
        for row in content["pattern"]
    ]


def _pattern(row: Mapping[str, Any], parts: Mapping[str, str]) -> NamePattern:
    unless = re.compile(expanded(row["unless"], parts)) if "unless" in row else None
    certainty = Certainty.POSSIBLE if row.get("is_possible") else Certainty.LIKELY
    return NamePattern(re.compile(expanded(row["expression"], parts)), unless, certainty)


def find_names(text: str) -> Iterator[Detection]:
    """Yield the names that need no dictionary: after a title, a verb, a label, a tie of kin."""
    for pattern in patterns():
        for match in pattern.expression.finditer(text):
            unless = pattern.unless
            if unless is None or not unless.search(before(text, match.start())):
                yield Detection(FindingKind.NAME, pattern.certainty, *match.span("seen"))


def find_names_by_model(names: NameFinder, text: str) -> Iterator[Detection]:
    """Yield the words that a dictionary takes for people; a word alone is no more than possible."""
    for start, end in names(text):
        if start < end:
            is_full = " " in text[start:end].strip()
            certainty = Certainty.LIKELY if is_full else Certainty.POSSIBLE
            yield Detection(FindingKind.NAME, certainty, start, end)
