"""Numbers typed into a text that no figure carries, each with its sentence.

`static/citations.js` marks them while a text is written.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consultation.reports.references import CITATION
from consultation.reports.writing.picks import NUMBER

_MONTHS = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    "|January|February|March|April|May|June|July|August|September|October|November|December"
)
_BLANK = "[ \u00a0\u202f]"
PATTERN = (
    r"(?<![\w.,\-/@:#&=])"
    rf"(?!(?:19|20)\d\d(?![\w%])(?!{_BLANK}?%))"  # a year
    rf"(?!\d{{1,2}}{_BLANK}(?:{_MONTHS}))"
    rf"\d+(?:{_BLANK}\d{{3}})*(?:[.,]\d+)?(?![\w\-/@:])"
)
"""A number in a text; no year, no day, no part of a code."""
ASIDE = (
    r"(?<=\])\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)"  # where a link leads
    r"|^[ \t]*\d{1,3}[.)]\s"  # the number of an item of a list
)
"""What is set aside in a text before its numbers are looked for."""
_TYPED = re.compile(PATTERN)
_ASIDE = re.compile(ASIDE, re.MULTILINE)
_CITED = re.compile(f"{CITATION.pattern}|{NUMBER.pattern}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def _for_browsers(pattern: str) -> str:
    """Write a pattern for JavaScript's flag `u`, by which it knows the same letters and digits."""
    return pattern.replace(r"\d", r"\p{Nd}").replace(r"\w", r"\p{L}\p{N}_")


IN_BROWSERS: Mapping[str, str] = {
    "number": _for_browsers(PATTERN),
    "aside": _for_browsers(f"{CITATION.pattern}|{ASIDE}"),
}
"""The patterns by which `static/citations.js` finds the same numbers."""
LONGEST_QUOTE, MOST_NOTICES = 160, 12


@dataclass(frozen=True)
class TypedNumber:
    """A number and the sentence that has it."""

    number: str
    sentence: str


def typed_numbers(text: str, carried: Iterable[str]) -> Sequence[TypedNumber]:
    """The numbers of a text that are neither cited nor in the print of a cited figure."""
    known = {_bare(it) for printed in carried for it in _TYPED.findall(printed)}
    bare = _ASIDE.sub("", _CITED.sub("…", text))
    notices = [
        TypedNumber(number, _cut(sentence, number))
        for sentence in _SENTENCE.split(bare)
        for number in _TYPED.findall(sentence)
        if _bare(number) not in known
    ]
    return list(dict.fromkeys(notices))[:MOST_NOTICES]


def _bare(number: str) -> str:
    return re.sub(r"\s", "", number).replace(",", ".")


def _cut(sentence: str, number: str) -> str:
    sentence = " ".join(sentence.split())
    if len(sentence) <= LONGEST_QUOTE:
        return sentence
    start = max(0, sentence.find(number) - LONGEST_QUOTE // 2)
    return f"…{sentence[start : start + LONGEST_QUOTE]}…"
