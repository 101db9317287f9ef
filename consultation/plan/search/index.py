"""Search index: the words of the plan in memory, and what a query finds in them.

One query reads the texts; the index that was made of the same texts before is used again, so that
no process ever answers from a plan that has changed.
"""

import difflib
import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.i18n import LOCALES, folded, localized
from consultation.plan.models import (
    Axis,
    Indicator,
    IndicatorVersion,
    Measure,
    SynonymList,
)
from consultation.plan.search import synonyms
from consultation.plan.search.orthography import KnownSpellings
from consultation.plan.search.stems import (
    STOP_TOKENS,
    significant,
    spelling_of,
    stems_of,
    tokens_of,
)
from consultation.plan.search.synonyms import Group

Text = tuple[int, str, str]
"""Measure, part and JSON of a text by language; a code stands for itself.

The synonyms are the text of part `SYNONYMS`, of no measure.
"""

SYNONYMS = "synonyms"

WEIGHTS = {"code": 16, "title": 8, "tags": 6, "axis": 3, "label": 3, "summary": 2, "definition": 1}
"""What a word of the query counts in each part of a measure; through a synonym, a quarter of it."""

SHORTEST_BEGINNING = 3
"""From so many letters, a word of the query also finds what begins with it."""
LONGEST_QUERY, LONGEST_TYPED = 12, 200
"""Words of a query that are looked for, and its characters; the rest is left out."""
SUGGESTED, SHORTEST_SUGGESTED, ALIKE = 4, 5, 0.75
"""How many words are suggested, of how many letters, and how like what was typed, at least."""

_WRITTEN = re.compile(r"[^\W\d_]+")

Stems = tuple[str, ...]
Phrase = tuple[tuple[str, Stems], ...]
"""The stems of a word or phrase, by language."""


@dataclass(frozen=True)
class _Part:
    """A text of a measure in one language, as words and stems; phrases are found in `line`."""

    weight: int
    locale: str
    tokens: frozenset[str]
    stems: frozenset[str]
    line: str


@dataclass(frozen=True)
class _Needle:
    """A word of the query, or a phrase that has synonyms, with what may stand for it."""

    text: str
    phrase: Phrase
    others: tuple[Phrase, ...]

    def weight_in(self, part: _Part) -> float:
        """Return the weight of a part for this word, 0 where it lacks it."""
        is_there = _holds(part, self.phrase) or (
            len(self.text) >= SHORTEST_BEGINNING
            and any(word.startswith(self.text) for word in part.tokens)
        )
        if is_there:
            return part.weight
        return part.weight / 4 if any(_holds(part, it) for it in self.others) else 0


class Index:
    """The parts of each measure, and the synonyms by the stems of each of them."""

    def __init__(
        self,
        texts: Iterable[Text],
        groups: Iterable[Group],
        nearby: Iterable[tuple[Group, Group]] = (),
    ) -> None:
        self._spelling: dict[str, str] = {}
        self._parts: dict[int, list[_Part]] = {}
        self._codes: dict[str, int] = {}
        self._titles: list[dict[str, str]] = []
        for measure_id, part, text in texts:
            self._add(measure_id, part, text)
        self._synonyms: dict[tuple[str, Stems], list[Phrase]] = {}
        for group in groups:
            self._join([_phrase_of(it) for it in group])
            self._spelling = _spelling(" ".join(group)) | self._spelling
        self._nearby = {
            stems: instead
            for group, instead in nearby
            for word in group
            for stems in _phrase_of(word)
        }
        self._vocabulary = KnownSpellings(self._spelling)
        parts_of_all = [part for parts in self._parts.values() for part in parts]
        self._tokens = sorted({word for part in parts_of_all for word in part.tokens})
        self._stems = {(part.locale, stem) for part in parts_of_all for stem in part.stems}

    def scores(self, query: str) -> dict[int, float]:
        """Return the measures in which each word of the query is found, with what they score."""
        needles = self._needles(query)
        code = self._codes.get(folded(query[:LONGEST_TYPED]))
        scores = {} if code is None else {code: 1000.0}
        is_somewhere = bool(needles) and all(self._is_somewhere(it) for it in needles)
        for measure_id, parts in self._parts.items() if is_somewhere else ():
            weights = [max(it.weight_in(part) for part in parts) for it in needles]
            if all(weights):
                scores.setdefault(measure_id, sum(weights))
        return scores

    def instead(self, query: str) -> str:
        """Return the query to try where one finds nothing, empty where that finds nothing too.

        A word that no measure holds gives way to a known one that is spelt alike, else to one that
        stands near it in the list of synonyms, else to none.
        """
        if self.scores(query):
            return ""
        typed = spelling_of(query[:LONGEST_TYPED])
        kept: dict[str, None] = {}
        for needle in self._needles(query):
            written = " ".join(typed.get(word, word) for word in needle.text.split())
            choices = chain([written], self._others(needle.text))
            kept |= dict.fromkeys(islice(filter(self.scores, choices), 1))
        instead = " ".join(kept)
        return instead if self.scores(instead) else ""

    def suggestions(self, query: str, locale: str) -> list[str]:
        """Return words of titles, those like the query first, then from all over the plan.

        Words of more than a quarter of the titles tell nothing; of each title the first is taken.
        """
        titles = [_spelt(localized(title, locale)) for title in self._titles]
        counts = Counter(word for title in titles for word in title)
        most = max(2, len(titles) // 4)
        spelling = {word: spelt for title in titles for word, spelt in title.items()}
        alike = difflib.get_close_matches(folded(query[:LONGEST_TYPED]), spelling, SUGGESTED, ALIKE)
        firsts = [next((it for it in title if counts[it] <= most), "") for title in titles]
        spread = [it for it in dict.fromkeys(firsts) if it]
        chosen = dict.fromkeys([*alike, *spread[:: max(1, len(spread) // SUGGESTED)]])
        return [spelling[word] for word in chosen][:SUGGESTED]

    def _add(self, measure_id: int, part: str, text: str) -> None:
        parts = self._parts.setdefault(measure_id, [])
        if part == "code":
            self._codes[folded(text)] = measure_id
            by_locale = dict.fromkeys(LOCALES, text)
        else:
            by_locale = json.loads(text) or {}
            self._spelling |= _spelling(" ".join(by_locale.values()))
        if part == "title":
            self._titles.append(by_locale)
        for locale, written in by_locale.items():
            tokens = tokens_of(written)
            stems = [stems_of(word)[locale] for word in tokens if word not in STOP_TOKENS]
            line = f" {' '.join(stems)} "
            weight = WEIGHTS[part]
            parts.append(_Part(weight, locale, frozenset(tokens), frozenset(stems), line))

    def _is_somewhere(self, needle: _Needle) -> bool:
        """Return False if no measure can hold that word, without going through them."""
        place = bisect_left(self._tokens, needle.text)
        return (
            bool(needle.others)
            or any(it.startswith(needle.text) for it in self._tokens[place : place + 1])
            or self._is_written(needle.phrase)
        )

    def _is_written(self, phrase: Phrase) -> bool:
        """Return whether each stem of a phrase is in the plan, in one of the languages."""
        return any(all((it, stem) in self._stems for stem in stems) for it, stems in phrase)

    def _others(self, phrase: str) -> Iterator[str]:
        """Yield the words that may stand for some that find nothing, the most alike first."""
        alike = self._vocabulary.close_to(phrase)
        yield from (self._spelling[word] for word in alike)
        for word in (phrase, *alike):
            for stems in _phrase_of(word):
                yield from self._nearby.get(stems, ())

    def _join(self, phrases: Sequence[Phrase]) -> None:
        for phrase in phrases:
            for stems in phrase:
                self._synonyms.setdefault(stems, []).extend(it for it in phrases if it != phrase)

    def _needles(self, query: str) -> list[_Needle]:
        """Return the words of a query, those of a phrase with synonyms together."""
        written = dict.fromkeys(tokens_of(query))
        tokens = significant(list(written))[:LONGEST_QUERY]
        needles, place = [], 0
        while place < len(tokens):
            needle = self._phrase_at(tokens, place)
            needles.append(needle)
            place += max(1, len(needle.phrase[0][1]))
        return needles

    def _phrase_at(self, tokens: Sequence[str], place: int) -> _Needle:
        """Return the longest phrase with synonyms that begins there, else the word there."""
        for length in (3, 2, 1):
            phrase = _phrase(tokens[place : place + length])
            others = [it for stems in phrase for it in self._synonyms.get(stems, ())]
            if others or length == 1 or any(stems in self._nearby for stems in phrase):
                text = " ".join(tokens[place : place + length])
                written = filter(self._is_written, dict.fromkeys(others))
                return _Needle(text, phrase, tuple(written))
        raise AssertionError


def _phrase(tokens: Sequence[str]) -> Phrase:
    return tuple((locale, tuple(stems_of(it)[locale] for it in tokens)) for locale in LOCALES)


def _phrase_of(text: str) -> Phrase:
    return _phrase(significant(tokens_of(text)))


def _spelling(text: str) -> dict[str, str]:
    return {word: it for word, it in spelling_of(text).items() if word not in STOP_TOKENS}


def _holds(part: _Part, phrase: Phrase) -> bool:
    for locale, stems in phrase:
        if locale == part.locale:
            is_word = len(stems) == 1
            return stems[0] in part.stems if is_word else f" {' '.join(stems)} " in part.line
    return False


def _spelt(title: str) -> dict[str, str]:
    """Return the telling words of a title as it writes them, by their folded form, in order."""
    written = {folded(word): word for word in _WRITTEN.findall(title.lower())}
    return {
        word: spelt
        for word, spelt in written.items()
        if len(word) >= SHORTEST_SUGGESTED and word not in STOP_TOKENS
    }


def load(session: Session, *, with_retired: bool = False) -> Index:
    """Return the index of the measures in force, or of all; one query."""
    rows = session.execute(_texts(with_retired))
    return _index(tuple(sorted((row[0], row[1], row[2]) for row in rows)))


@lru_cache(maxsize=4)
def _index(texts: tuple[Text, ...]) -> Index:
    stored = [text for _measure, part, text in texts if part == SYNONYMS]
    written = stored[0] if stored else synonyms.shipped()
    of_plan = (it for it in texts if it[1] != SYNONYMS)
    return Index(of_plan, synonyms.groups_of(written), synonyms.nearby_of(written))


def _texts(with_retired: bool) -> sa.CompoundSelect[int, str, str]:
    """Return the texts of the measures in force, or of all, as they are stored.

    A retired measure keeps the indicators that were retired with it.
    """
    which = sa.true() if with_retired else Measure.retired_at.is_(None)
    measures: dict[str, InstrumentedAttribute[Any]] = {
        "code": Measure.code,
        "title": Measure.title,
        "summary": Measure.summary,
        "tags": Measure.tags,
        "axis": Axis.title,
    }
    versions: dict[str, InstrumentedAttribute[Any]] = {
        "label": IndicatorVersion.label,
        "definition": IndicatorVersion.definition,
    }
    last = (
        sa.select(sa.func.max(IndicatorVersion.number))
        .where(IndicatorVersion.indicator_id == Indicator.id)
        .correlate(Indicator)
        .scalar_subquery()
    )
    of_measures = [
        _text(part, column).join(Axis, Axis.id == Measure.axis_id)
        for part, column in measures.items()
    ]
    of_indicators = [
        _text(part, column)
        .join(Indicator, Indicator.measure_id == Measure.id)
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .where(
            IndicatorVersion.number == last,
            sa.or_(Indicator.retired_at.is_(None), Indicator.retired_at == Measure.retired_at),
        )
        for part, column in versions.items()
    ]
    of_synonyms = sa.select(sa.literal(0), sa.literal(SYNONYMS), SynonymList.text)
    of_plan = (it.where(which) for it in [*of_measures, *of_indicators])
    return sa.union_all(*of_plan, of_synonyms)


def _text(part: str, column: InstrumentedAttribute[Any]) -> sa.Select[int, str, str]:
    stored = sa.func.coalesce(sa.cast(column, sa.Text), "null")
    return sa.select(Measure.id, sa.literal(part), stored).select_from(Measure)
