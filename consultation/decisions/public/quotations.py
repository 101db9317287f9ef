"""Quotations of the texts that a decision rests on: a few, and how many others there are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from consultation.decisions.basis import Basis

MOST_QUOTED = 5


@dataclass(frozen=True)
class Quotation:
    text: str
    locale: str
    translation: str
    """In French, empty where nobody of the team translated it."""


@dataclass(frozen=True)
class Quoted:
    """The texts that are quoted, and the number of others that might be."""

    texts: Sequence[Quotation]
    other_count: int


def quoted(basis: Basis) -> Quoted:
    """Return the quotations of a basis, in an order that says nothing of authors and time.

    A text that several wrote alike is quoted once.
    """
    triples = zip(basis.quotations, basis.locales, basis.translations, strict=True)
    texts = [Quotation(*it) for it in dict.fromkeys(triples)]
    texts.sort(key=lambda it: hashlib.sha256(it.text.encode()).digest())
    return Quoted(texts[:MOST_QUOTED], len(texts[MOST_QUOTED:]))
