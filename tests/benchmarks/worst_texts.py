"""Texts at their worst, for all that reads them: repeated fragments, drawn from fixed seeds."""

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from consultation.moderation.clusters import similarity
from consultation.moderation.danger import phrases
from consultation.moderation.detectors import screen
from consultation.moderation.texts import ranges
from consultation.text import clean_line
from consultation.web import markdown

SEED, DRAWN = 7, 40
PARTS = (
    "a", "é", "1", "12 ", "06 ", "+33 ", "(0)", "-", ".", "@", "a@", "a.", "_", "http://", "www.",
    "<", "[", "](", "*", "**", "_a_", "- ", "1. ", "#", "&", "\\", " ", "\n", "\n\n", "\u00a0",
    "«", "'", ",", ":", "!", "A", "AB", "Le ", "rue ", "12 rue ", "né le ", "FR76", "1 23 45 ",
    "2 99 ", "AB-123-CD ", "Mme D", "Jean ", "De La ", "12 ans et ", "\u0316\u0301", "\u200d",
    "👨\u200d", "🇫🇷", "\ufe0f", "ﷺ", "İ", "\u202e", "> ", "je suis ", "pas ", "help me ", "danger ",
    "[a](b", "![", "a@b.", "x@y.fr ", "b.a", "0" * 20,
)  # fmt: skip


def cases() -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Yield what a form, an organiser or a mail may hold."""
    for name, read in _READERS.items():
        for length in (5_000, 50_000):
            yield f"texte, {name}", f"{length} signes", partial(_worst, read, length)


def texts(length: int) -> list[str]:
    """Return texts of that length that repeat one fragment, or a few."""
    chance = random.Random(SEED)
    mixed = ["".join(chance.choices(PARTS, k=chance.randint(2, 4))) for _ in range(DRAWN)]
    return [(part * (length // len(part) + 1))[:length] for part in (*PARTS, *mixed)]


def _worst(read: Callable[[str], Any], length: int) -> str:
    """Run the text that takes longest, found at a tenth of the length; say which one it is."""
    short, long = texts(length // 10), texts(length)
    took = []
    for number, text in enumerate(short):
        begun = time.process_time()
        read(text)
        took.append((time.process_time() - begun, number))
    # What was spent on looking is told apart, by what the three slowest take.
    slowest = []
    for _, number in sorted(took, reverse=True)[:3]:
        begun = time.process_time()
        read(long[number])
        slowest.append((time.process_time() - begun, long[number][:12]))
    seconds, sample = max(slowest)
    return f"{seconds:.3f} s pour {sample!r}"


def _compared(text: str) -> None:
    normal = similarity.normal(text)
    similarity.keys(normal)
    similarity.likeness(normal.in_order, normal.in_order[::-1])
    similarity.pieces(text, text[: len(text) // 2])


_READERS: dict[str, Callable[[str], Any]] = {
    "repérage": screen,
    "danger": phrases.find,
    "ressemblance": _compared,
    "passage": lambda text: ranges.occurrences(text, text[:3]),
    "mise en forme": markdown.blocks,
    "ligne mise en forme": markdown.inline,
    "une ligne": clean_line,
}
