"""A text in pieces: what a machine saw, what is masked, and signs that nobody would see."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from consultation.moderation.models import Certainty, Finding, FindingKind, Layer, Redaction

UNMASKABLE = (
    FindingKind.SHOUTING,
    FindingKind.HIDDEN_SIGNS,
    FindingKind.TOO_QUICK,
    FindingKind.NO_PROOF,
    FindingKind.TRAP,
)
"""What concerns a text as a whole, rather than one passage of it."""

Ranged = TypeVar("Ranged", Finding, Redaction)

_ORDER = list(Certainty)
_JOINER = "\u200d"
_BLACK_FLAG = "\U0001f3f4"
_TAGS = range(0xE0020, 0xE0080)
# Shown as nothing, though Unicode counts them among letters and accents.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


@dataclass(frozen=True)
class Piece:
    """A run of characters about which the same is known; `certainty` is that of the first kind."""

    text: str
    kinds: tuple[FindingKind, ...] = ()
    certainty: Certainty | None = None
    layer: Layer | None = None
    is_hidden: bool = False

    @property
    def points(self) -> str:
        """The characters as hexadecimal numbers, for a script to read them back."""
        return " ".join(f"{ord(sign):x}" for sign in self.text)

    @property
    def name(self) -> str:
        """What stands for signs that show nothing: the first one's number, and how many."""
        number = f"U+{ord(self.text[0]):04X}"
        return number if len(self.text) == 1 else f"{number} × {len(self.text)}"


def pieces(
    text: str, findings: Sequence[Finding] = (), redactions: Sequence[Redaction] = ()
) -> list[Piece]:
    """Return the text cut wherever something begins or ends."""
    hidden = hidden_ranges(text)
    cuts = {0, len(text)}
    edges = [(one.start, one.end) for one in findings] + [
        (one.start, one.end) for one in redactions
    ]
    for start, end in edges:
        cuts |= {min(start, len(text)), min(end, len(text))}
    for start, end in hidden:
        cuts |= {start, end}
    hidden_places = {at for start, end in hidden for at in range(start, end)}
    seen, masks = _Sweep(findings), _Sweep(redactions)
    return [
        _piece(text[start:end], seen.over(start), masks.over(start), start in hidden_places)
        for start, end in pairwise(sorted(cuts))
    ]


class _Sweep(Generic[Ranged]):
    """Gives what lies over one position after another, which only grow."""

    def __init__(self, ranged: Iterable[Ranged]) -> None:
        self._left: list[Ranged] = sorted(ranged, key=lambda one: one.start, reverse=True)
        self._over: list[Ranged] = []

    def over(self, at: int) -> list[Ranged]:
        while self._left and self._left[-1].start <= at:
            self._over.append(self._left.pop())
        self._over = [one for one in self._over if one.end > at]
        return self._over


def _piece(
    text: str, findings: Sequence[Finding], masks: Sequence[Redaction], is_hidden: bool
) -> Piece:
    layers = {mask.layer for mask in masks}
    seen = [one for one in findings if one.kind not in UNMASKABLE]
    seen.sort(key=lambda one: _ORDER.index(one.certainty))
    return Piece(
        text,
        tuple(dict.fromkeys(one.kind for one in seen)),
        seen[0].certainty if seen else None,
        Layer.ERASED if Layer.ERASED in layers else Layer.MASKED if layers else None,
        is_hidden,
    )


def hidden_ranges(text: str) -> list[tuple[int, int]]:
    """Return the runs of signs that show nothing, or turn the direction of what follows."""
    runs: list[tuple[int, int]] = []
    follows_flag = False
    for at, sign in enumerate(text):
        if ord(sign) not in _TAGS:
            follows_flag = sign == _BLACK_FLAG
        if not _is_hidden(text, at, follows_flag=follows_flag):
            continue
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _is_hidden(text: str, at: int, *, follows_flag: bool) -> bool:
    sign = text[at]
    if sign in _BLANKS:
        return True
    if unicodedata.category(sign) != "Cf":
        return False
    if sign == _JOINER:
        return not _joins_emoji(text, at)
    return not (ord(sign) in _TAGS and follows_flag)


def _joins_emoji(text: str, at: int) -> bool:
    if at == 0 or at + 1 >= len(text):
        return False
    before, after = (unicodedata.category(text[place]) for place in (at - 1, at + 1))
    return before in ("So", "Sk", "Mn") and after == "So"
