"""Danger phrases: what people write when a person is in danger now, searched in a text.

Each language has its own, in `danger.toml` of its folder; a text is read for all of them, whatever
page it was written on.  A machine never decides: a text with such words goes first, and a person
reads it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from consultation.i18n import LANGUAGES, data_by_language, expanded
from consultation.moderation.clusters.similarity import fold_tokens
from consultation.moderation.danger.prefilter import Prefilter

SUBJECTS = {
    "danger": "Un danger présent",
    "help": "Un appel au secours",
    "held": "Une personne retenue, des papiers confisqués",
    "threats": "Des menaces",
    "violence": "Des violences en ce moment",
    "forced": "Une personne contrainte, exploitée, mineure ou en fuite",
    "suicide": "Des idées de suicide",
}
LONGEST_READ = 50_000
"""Characters of a text that are read: ten times what a form takes; a long mail costs no minute."""
MOST_SHOWN = 5
_SENTENCE = re.compile(r"[.!?;:…؟؛]+|\n\s*\n")
_ESCAPE = re.compile(r"\\.")
_END = "|"


@dataclass(frozen=True)
class Search:
    """Folded patterns together, and their letters: a text without any of these has no match.

    They are compiled once a text may have one of them.
    """

    expressions: Sequence[str]
    letters: frozenset[str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return _bounded("|".join(self.expressions))


@dataclass(frozen=True)
class Phrase:
    """One pattern of a search, in the language of that tag."""

    tag: str
    search: Search
    expression: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return _bounded(self.expression)


@dataclass(frozen=True)
class Group:
    """Phrases of one subject in one language: examples that people read, folded patterns.

    Those without a Latin letter are a search of their own, which most texts are spared.
    """

    label: str
    examples: Sequence[str]
    searches: Sequence[Search]


@cache
def groups() -> Mapping[str, Sequence[Group]]:
    """The groups of phrases, by the tag of their language, French first."""
    return {
        tag: [_group(group, content["words"]) for group in content["group"]]
        for tag, content in _contents().items()
    }


def unread_languages() -> Sequence[str]:
    """The tags of the site's languages in which no phrase is known."""
    return [tag for tag, it in LANGUAGES.items() if it.lang not in _contents()]


@cache
def published() -> dict[str, Any]:
    """The words and patterns of the site's languages, for the script of a form.

    Without what the staff added, which only the staff reads.  `static/danger.js` folds a text and
    reads patterns as `fold` and `_expanded` do.
    """
    known = _contents()
    return {"lists": [_published(known[tag]) for tag in LANGUAGES if tag in known]}


def _published(content: Mapping[str, Any]) -> dict[str, Any]:
    patterns = [pattern for group in content["group"] for pattern in group["patterns"]]
    return {"words": content["words"], "patterns": patterns}


@cache
def _digest() -> str:
    return hashlib.sha256(json.dumps(_contents()).encode()).hexdigest()


@cache
def _contents() -> Mapping[str, dict[str, Any]]:
    return data_by_language("danger.toml")


def _group(content: dict[str, Any], names: dict[str, str]) -> Group:
    expressions = [_expanded(pattern, names) for pattern in content["patterns"]]
    latin = [it for it in expressions if _has_latin(it)]
    others = [it for it in expressions if not _has_latin(it)]
    searches = tuple(_search(it) for it in (latin, others) if it)
    return Group(SUBJECTS[content["subject"]], tuple(content["examples"]), searches)


def _search(expressions: Sequence[str]) -> Search:
    return Search(expressions, frozenset().union(*map(_letters, expressions)))


def _bounded(expression: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{expression})(?!\S)")


@cache
def _phrases() -> tuple[Sequence[Phrase], Prefilter]:
    """Every phrase of every language, and the words that each of them needs."""
    known = [
        Phrase(tag, search, expression)
        for tag, of_language in groups().items()
        for group in of_language
        for search in group.searches
        for expression in search.expressions
    ]
    return known, Prefilter(phrase.expression for phrase in known)


def _possible(folded: str, tags: Iterable[str] | None) -> Iterator[Phrase]:
    """Yield the phrases of some languages, or of all, that a folded text may have."""
    known, prefilter = _phrases()
    read, written = None if tags is None else set(tags), set(folded)
    for number in prefilter.possible(folded):
        phrase = known[number]
        is_read = read is None or phrase.tag in read
        if is_read and not written.isdisjoint(phrase.search.letters):
            yield phrase


def _added(folded: str, additions: Iterable[str]) -> Iterator[str]:
    """Yield the additions that stand in a folded text."""
    for addition in additions:
        phrase = " ".join(fold_tokens(addition))
        if phrase and f" {phrase} " in f" {folded} ":
            yield phrase


def _has_latin(expression: str) -> bool:
    return any(letter.isascii() for letter in _letters(expression))


def _letters(expression: str) -> frozenset[str]:
    return frozenset(filter(str.isalpha, _ESCAPE.sub("", expression)))


def _expanded(pattern: str, names: dict[str, str]) -> str:
    """Return a pattern with the words that it names, and its gaps, as a regular expression."""
    return expanded(pattern, names).replace(" ... ", r" (?:[^\s|]+ ){0,4}")


def fold(text: str) -> str:
    """Fold `text`: no case, no accents, a bar where a sentence ends."""
    sentences = (" ".join(fold_tokens(each)) for each in _SENTENCE.split(text[:LONGEST_READ]))
    return f" {_END} ".join(sentence for sentence in sentences if sentence)


def find(
    text: str, additions: Iterable[str] = (), tags: Iterable[str] | None = None
) -> Sequence[str]:
    """Return the danger words in `text`, folded, in their order and each once.

    `additions` are phrases that the staff added; `tags`, the languages in which it is read, are all
    unless told.
    """
    folded = fold(text)
    searches = {id(it.search): it.search for it in _possible(folded, tags)}.values()
    patterns = [search.pattern for search in searches]
    patterns += [_bounded(re.escape(phrase)) for phrase in _added(folded, additions)]
    matches = sorted(
        (match.start(), match[0].strip(f" {_END}"))
        for pattern in patterns
        for match in pattern.finditer(folded)
    )
    return list(dict.fromkeys(match for _start, match in matches))[:MOST_SHOWN]


def has_any(text: str, additions: Iterable[str] = (), tags: Iterable[str] | None = None) -> bool:
    """Return whether `find` finds any."""
    folded = fold(text)
    is_known = any(it.pattern.search(folded) for it in _possible(folded, tags))
    return is_known or next(_added(folded, additions), None) is not None


def version(additions: Iterable[str]) -> str:
    """Return a name of files and additions together: rows read by others are read anew."""
    content = "\n".join((_digest(), *sorted(additions)))
    return hashlib.sha256(content.encode()).hexdigest()[:12]
