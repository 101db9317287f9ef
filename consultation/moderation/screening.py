"""What a machine sees in a text: what may lead to a person, links, shouting, its language.

It never decides: what it flags, a moderator reads first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consultation.moderation import addresses_seen, numbers_seen, people_seen, phones_seen
from consultation.moderation.graphemes import widen
from consultation.moderation.models import Certainty, FindingKind
from consultation.moderation.places_seen import see_places
from consultation.moderation.seeing import Found, NameFinder, Reader, readable
from consultation.moderation.signs_seen import locale_of, see_hidden_signs, see_shouting

__all__ = ["VERSION", "Found", "NameFinder", "Screened", "screen"]

VERSION = "1"
"""Raised when readers change: texts that nobody decided on are then screened again."""

IDENTIFYING = frozenset(
    {
        FindingKind.PHONE,
        FindingKind.EMAIL,
        FindingKind.IBAN,
        FindingKind.NIR,
        FindingKind.ADDRESS,
        FindingKind.BIRTH,
        FindingKind.AGE_AND_PLACE,
        FindingKind.PLATE,
        FindingKind.NAME,
    }
)
"""Kinds that lead to a person by themselves."""

_ONE_OF: tuple[Reader, ...] = (
    addresses_seen.see_emails,
    numbers_seen.see_ibans,
    numbers_seen.see_nirs,
    phones_seen.see_phones,
    numbers_seen.see_sirens,
    numbers_seen.see_plates,
    addresses_seen.see_links,
    people_seen.see_names,
)
"""Readers of which only the first may have a character: an address is no name."""

_ALL: tuple[Reader, ...] = (
    see_places,
    people_seen.see_births,
    people_seen.see_ages,
    see_shouting,
)


@dataclass(frozen=True)
class Screened:
    """What was seen in a text, in its order; `is_flagged`: a moderator should read it first."""

    findings: tuple[Found, ...]
    locale: str | None
    is_flagged: bool
    has_danger_words: bool = False
    """Said by `danger_screening`, which knows what the staff added to the list."""


def screen(text: str, *, names: NameFinder | None = None) -> Screened:
    """Return what a machine sees in `text`; ranges cut no character that people see as one."""
    copy = readable(text)
    found = {*see_hidden_signs(text)}
    for seen in _read(copy.text, names):
        start, end = widen(text, *copy.original(seen.start, seen.end))
        found.add(Found(seen.kind, seen.certainty, start, end))
    findings = tuple(sorted(found, key=lambda seen: (seen.start, seen.end, seen.kind)))
    return Screened(findings, locale_of(copy.text), _is_flagged(findings))


def _read(text: str, names: NameFinder | None) -> Iterator[Found]:
    taken = bytearray(len(text))
    for read in _ONE_OF:
        for found in read(text):
            if not any(taken[found.start : found.end]):
                taken[found.start : found.end] = b"\x01" * (found.end - found.start)
                yield found
    for read in _ALL:
        yield from read(text)
    if names is not None:
        yield from people_seen.names_by(names, text)


def _is_flagged(findings: Iterable[Found]) -> bool:
    """Say whether one finding is likely to lead to a person, or several may.

    Numbers of firms count for one, however many: they alone lead to nobody.  Signs that reorder
    the text are a reason to look, since a machine doesn't read it as people do.
    """
    possible = 0
    has_firm = False
    for found in findings:
        is_possible = found.certainty is Certainty.POSSIBLE
        if found.kind in IDENTIFYING or found.kind is FindingKind.HIDDEN_SIGNS:
            if not is_possible:
                return True
            possible += found.kind in IDENTIFYING
        has_firm = has_firm or found.kind is FindingKind.SIREN
    return possible + has_firm >= 2
