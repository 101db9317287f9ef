"""Danger phrases: what people write when a person is in danger now, searched in a text.

A machine never decides: a text with such words goes first, and a person reads it.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from consultation.moderation.clusters.similarity import fold_tokens

FILE = Path(__file__).with_name("danger_words.toml")
LONGEST_READ = 50_000
"""Characters of a text that are read: ten times what a form takes; a long mail costs no minute."""
MOST_SHOWN = 5
_SENTENCE = re.compile(r"[.!?;:…]+|\n\s*\n")
_END = "|"
_NAME = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Group:
    """Words of one subject: its name, examples that people read, patterns of folded words."""

    label: str
    examples: Sequence[str]
    pattern: re.Pattern[str]


@cache
def groups() -> tuple[Group, ...]:
    """Return the groups of the package's file."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    names = content["words"]
    return tuple(_group(group, names) for group in content["group"])


@cache
def published() -> dict[str, Any]:
    """Return the words and patterns of the package's file, for the script of a form.

    Without what the staff added, which only the staff reads.  `static/danger.js` folds a text and
    reads patterns as `fold` and `_expanded` do.
    """
    content = tomllib.loads(FILE.read_text("utf-8"))
    patterns = [pattern for group in content["group"] for pattern in group["patterns"]]
    return {"words": content["words"], "patterns": patterns}


def _group(content: dict[str, Any], names: dict[str, str]) -> Group:
    patterns = "|".join(_expanded(pattern, names) for pattern in content["patterns"])
    whole = re.compile(rf"(?<!\S)(?:{patterns})(?!\S)")
    return Group(content["label"], tuple(content["examples"]), whole)


def _expanded(pattern: str, names: dict[str, str]) -> str:
    """Return a pattern with the words that it names, and its gaps, as a regular expression."""
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda name: f"(?:{names[name[1]]})", pattern)
    return pattern.replace(" ... ", r" (?:[^\s|]+ ){0,4}")


def fold(text: str) -> str:
    """Fold `text`: no case, no accents, a bar where a sentence ends."""
    sentences = (" ".join(fold_tokens(each)) for each in _SENTENCE.split(text[:LONGEST_READ]))
    return f" {_END} ".join(sentence for sentence in sentences if sentence)


def find(text: str, additions: Iterable[str] = ()) -> Sequence[str]:
    """Return the danger words in `text`, folded, in their order and each once.

    `additions` are phrases that the staff added.
    """
    folded = fold(text)
    patterns = [group.pattern for group in groups()]
    phrases = [" ".join(fold_tokens(phrase)) for phrase in additions]
    patterns += [re.compile(rf"(?<!\S){re.escape(phrase)}(?!\S)") for phrase in phrases if phrase]
    matches = sorted(
        (match.start(), match[0].strip(f" {_END}"))
        for pattern in patterns
        for match in pattern.finditer(folded)
    )
    return list(dict.fromkeys(match for _start, match in matches))[:MOST_SHOWN]


def has_any(text: str, additions: Iterable[str] = ()) -> bool:
    """Return whether `find` finds any."""
    return bool(find(text, additions))


def version(additions: Iterable[str]) -> str:
    """Return the name of the file and the additions together: rows read by others are read anew."""
    content = "\n".join((FILE.read_text("utf-8"), *sorted(additions)))
    return hashlib.sha256(content.encode()).hexdigest()[:12]
