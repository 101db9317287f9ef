"""Measure proposals: measures that a message may be about, by code, number, title or address."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from consultation.i18n import folded
from consultation.inbox.models import Clue
from consultation.inbox.parsing.message import ReadMessage

_Name = TypeVar("_Name")

LONGEST_RANGE = 20
TITLE_PART = 6
FEWEST_DISTINCTIVE = 2
FEWEST_TOKENS = 3

_WORD = re.compile(r"[a-z0-9]+")
_TO = re.compile(r"\sà\s", re.IGNORECASE)
_LETTERED = re.compile(r"([a-z]{1,4})[ .-]?0*(\d{1,3})")
_NUMBER = r"\d{1,3}(?![\w%€]|[.,]\d{3})"
_NUMERO = r"(?:n[°o]s? ?\.? ?|numeros? |numbers? |# ?)?"
# Before such a word a number is a quantity.
_QUANTITY = (
    r"(?! ?(?:%|€|\d{3}\b|(?:euros?|mois|ans?|annees?|jours?|semaines?|heures?|minutes?|months?"
    r"|years?|days?|weeks?|hours?|fois|times|personnes?|victimes?|places?|people|indicateurs?"
    r"|indicators?|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre"
    r"|decembre)\b))"
)
_ITEM = rf"{_NUMBER}{_QUANTITY}"
_JOINT = r" ?(?:,|;|/|-|&|et|ou|and|or|to)(?: ?(?:et|ou|and|or))?(?: la| les)? ?"
_SINGLE = re.compile(rf"(?<!\w)(mesure|measure|theme) ?{_NUMERO}({_ITEM})")
_SEVERAL = re.compile(
    rf"(?<!\w)(mesure|measure|theme)s ?{_NUMERO}({_ITEM}(?:{_JOINT}{_ITEM}){{0,20}})"
)
_INDICATOR = re.compile(rf"(?<!\w)(indicat)(?:eur|or)s? ?{_NUMERO}(\d{{1,3}})\.\d{{1,2}}(?![\w.])")
_IN_LIST = re.compile(r"(\d{1,3})(?: ?(?:-|to) ?(\d{1,3}))?")
# « Un T4 » is a flat, « ligne T4 » a tram: the word before tells that it is no code.
_NOT_A_CODE = re.compile(
    r"(?:appartements?|logements?|studios?|type|un|tram|tramway|ligne|line|page|pp?\.?|art\.?"
    r"|articles?|salle|bureau|room|flat|apartment|annexe|tableau|figure|note) $"
)
_LONGEST_BEFORE = 15
_COMMON = """
    dans avec pour leur leurs elles sont cette dont plus chaque par sur aux des les une ces qui que
    their they with that from this into every each the and
"""
# In a consultation on trafficking these distinguish no measure either.
_OF_THE_FIELD = """
    traite etre etres humain humains victime victimes exploitation personne personnes mesure mesures
    trafficking human being beings victim victims people measure measures
"""
_STOPWORDS = frozenset((_COMMON + _OF_THE_FIELD).split())


def fold(text: str) -> str:
    """Return `text` folded for the search, with « à » of ranges made « to », not the verb « a »."""
    return folded(_TO.sub(" to ", text))


@dataclass(frozen=True)
class Names:
    """The names of all measures, by kind; one that two measures share names neither."""

    by_number: dict[int, int]
    by_code: dict[str, int]
    by_title: dict[tuple[str, ...], int]
    codes: re.Pattern[str] | None

    @classmethod
    def of(cls, known: Iterable[tuple[int, str, tuple[str, ...]]]) -> "Names":
        """Index measures given by id, code and titles."""
        by_number: dict[int, set[int]] = {}
        by_code: dict[str, set[int]] = {}
        by_title: dict[tuple[str, ...], set[int]] = {}
        for measure_id, code, titles in known:
            key = _key(code)
            by_code.setdefault(key, set()).add(measure_id)
            number = key.removeprefix("m")
            if number.isascii() and number.isdigit():
                by_number.setdefault(int(number), set()).add(measure_id)
            for tokens in (tokens for title in titles for tokens in _parts(title)):
                by_title.setdefault(tokens, set()).add(measure_id)
        codes = _pattern(code for code in by_code if not code.isdigit())
        return cls(_unique(by_number), _unique(by_code), _unique(by_title), codes)

    def by_tag(self, word: str | None, tag: str) -> int | None:
        """Return the measure of a plus-address, such as `+mesure-12@` or `+t4@`."""
        if word is None:
            return None if tag.isdigit() else self.by_code.get(_key(tag))
        measure_id = self._numbered(word, int(tag)) if tag.isdigit() else None
        return measure_id if measure_id is not None else self.by_code.get(_key(tag))

    def numbered_in(self, text: str) -> Iterator[tuple[int, Clue]]:
        """Yield the measures that a folded text names by code or number, in its order."""
        named = [*self._coded_in(text), *self._counted_in(text)]
        for _, measure_id, clue in sorted(named, key=itemgetter(0)):
            yield measure_id, clue

    def titled_in(self, text: str) -> Iterator[tuple[int, Clue]]:
        """Yield the measures whose title, or a distinctive part of it, is in a folded text."""
        tokens = _WORD.findall(text)
        lengths = sorted({len(part) for part in self.by_title})
        for start in range(len(tokens)):
            for length in lengths:
                measure_id = self.by_title.get(tuple(tokens[start : start + length]))
                if measure_id is not None:
                    yield measure_id, Clue.TITLE

    def _coded_in(self, text: str) -> Iterator[tuple[int, int, Clue]]:
        for match in self.codes.finditer(text) if self.codes else ():
            before = text[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
            measure_id = self.by_code.get(_key(match[0]))
            if measure_id is not None and _NOT_A_CODE.search(before) is None:
                yield match.start(), measure_id, Clue.CODE

    def _counted_in(self, text: str) -> Iterator[tuple[int, int, Clue]]:
        for pattern in (_SINGLE, _SEVERAL, _INDICATOR):
            for match in pattern.finditer(text):
                for place, number in enumerate(_numbers(match[2])):
                    measure_id = self._numbered(match[1], number)
                    if measure_id is not None:
                        yield match.start() + place, measure_id, Clue.NUMBER

    def _numbered(self, word: str, number: int) -> int | None:
        return self.by_code.get(f"t{number}") if word == "theme" else self.by_number.get(number)


def _key(code: str) -> str:
    """Return the canonical spelling of a code: « t4 » for « T 04 » and « t-4 »."""
    text = folded(code)
    lettered = _LETTERED.fullmatch(text)
    return f"{lettered[1]}{int(lettered[2])}" if lettered else text


def _unique(ids_by_name: dict[_Name, set[int]]) -> dict[_Name, int]:
    return {name: min(ids) for name, ids in ids_by_name.items() if len(ids) == 1}


def _pattern(codes: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern of `codes` as whole tokens; « T4.2 », an indicator, counts for T4."""
    written = []
    for code in sorted(codes, key=len, reverse=True):
        lettered = _LETTERED.fullmatch(code)
        spelled = rf"{lettered[1]}[ -]?0?{lettered[2]}" if lettered else re.escape(code)
        written.append(spelled)
    if not written:
        return None
    return re.compile(rf"(?<![\w@.+=-])(?:{'|'.join(written)})(?![\w@%-])")


def _numbers(listed: str) -> Iterator[int]:
    for match in _IN_LIST.finditer(listed):
        first, last = int(match[1]), int(match[2] or match[1])
        if first <= last <= first + LONGEST_RANGE:
            yield from range(first, last + 1)
        else:
            yield from (first, last)


def _parts(title: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a title, and each run of `TITLE_PART` of them, if distinctive."""
    tokens = _WORD.findall(fold(title))
    if len(tokens) >= FEWEST_TOKENS or _count_distinctive(tokens) >= FEWEST_DISTINCTIVE:
        yield tuple(tokens)
    for start in range(len(tokens) - TITLE_PART + 1):
        part = tokens[start : start + TITLE_PART]
        if _count_distinctive(part) >= FEWEST_DISTINCTIVE:
            yield tuple(part)


def _count_distinctive(tokens: Iterable[str]) -> int:
    return sum(len(token) > 2 and token not in _STOPWORDS for token in tokens)


MOST_PROPOSED = 10
LONGEST_SEARCHED = 100_000

_TAG = re.compile(r"\+(?:(mesure|measure|theme)[-_.]?)?([a-z0-9]{1,20})@")


@dataclass(frozen=True)
class KnownMeasure:
    """A measure, with the names that a mail may give it."""

    id: int
    code: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Proposed:
    """A measure that a mail may be about, and the clue to it."""

    measure_id: int
    clue: Clue


def propose(message: ReadMessage, known: Sequence[KnownMeasure]) -> list[Proposed]:
    """Return at most `MOST_PROPOSED` measures that `message` may be about, the likeliest first.

    Clues in its addresses come first, then in its subject, its own text, its quotations.
    """
    names = Names.of((measure.id, measure.code, measure.titles) for measure in known)
    clues: dict[int, Clue] = {}
    for measure_id, clue in _clues_in(message, names):
        clues.setdefault(measure_id, clue)
        if len(clues) == MOST_PROPOSED:
            break
    return [Proposed(measure_id, clue) for measure_id, clue in clues.items()]


def _clues_in(message: ReadMessage, names: Names) -> Iterator[tuple[int, Clue]]:
    yield from _in_addresses(message.recipients, names)
    for text in (message.subject, message.kept, message.original):
        searched = fold(text[:LONGEST_SEARCHED])
        yield from names.numbered_in(searched)
        yield from names.titled_in(searched)


def _in_addresses(addresses: Iterable[str], names: Names) -> Iterator[tuple[int, Clue]]:
    for address in addresses:
        tag = _TAG.search(fold(address))
        measure_id = names.by_tag(tag[1], tag[2]) if tag else None
        if measure_id is not None:
            yield measure_id, Clue.ADDRESS
