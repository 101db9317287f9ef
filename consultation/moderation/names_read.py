"""Names of people by a dictionary of French, where the extra `ner` is installed."""

import importlib
import importlib.util
from functools import lru_cache
from typing import Any

from consultation.moderation.seeing import NameFinder

MODEL = "fr_core_news_sm"
LONGEST = 100_000  # characters; the model takes memory by the character
PERSON = "PER"


def is_installed() -> bool:
    """Say whether the library and its French model are there."""
    return all(importlib.util.find_spec(name) for name in ("spacy", MODEL))


def finder() -> NameFinder | None:
    """Return what finds names, or None without the extra; the first call takes seconds."""
    return _find if is_installed() else None


def _find(text: str) -> list[tuple[int, int]]:
    entities = _model()(text[:LONGEST]).ents
    return [(entity.start_char, entity.end_char) for entity in entities if entity.label_ == PERSON]


@lru_cache(maxsize=1)
def _model() -> Any:
    return importlib.import_module(MODEL).load()
