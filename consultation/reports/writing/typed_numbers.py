"""Numbers typed into a text that no figure carries, each with its sentence.

`static/citations.js` marks them by the same pattern, while a text is written.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consultation.reports.references import CITATION
from consultation.reports.writing.picks import NUMBER

_MONTHS = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    "|January|February|March|April|May|June|July|August|September|October|November|December"
)
PATTERN = (
    r"(?<![\w.,\-/@:#&=])"
    r"(?!(?:19|20)\d\d(?![\w%])(?!\s?%))"  # a year
    rf"(?!\d{{1,2}}\s(?:{_MONTHS}))"
    r"\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)?(?![\w\-/@:])"
)
"""A number in a text, for Python and for browsers; no year, no day, no part of a code."""
_TYPED = re.compile(PATTERN)
_LINK = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")
_ITEM = re.compile(r"^[ \t]*\d{1,3}[.)]\s", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
LONGEST_QUOTE, MOST_NOTICES = 160, 12


@dataclass(frozen=True)
class TypedNumber:
    """A number and the sentence that has it."""

    number: str
    sentence: str


def typed_numbers(text: str, carried: Iterable[str]) -> Sequence[TypedNumber]:
    """The numbers of a text that are neither cited nor in the print of a cited figure."""
    known = {_bare(it) for printed in carried for it in _TYPED.findall(printed)}
    bare = _LINK.sub("]", _ITEM.sub("", CITATION.sub("…", NUMBER.sub("…", text))))
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
