"""Detectors: what a machine finds in a text that leads to a person.

- addresses: postal addresses
- base: Finding type, text folding, shared by detectors
- characters: shouting, hidden characters, language guess
- contacts: e-mail addresses and links (not postal)
- identifiers: IBAN, NIR, SIREN, plates
- names: names of people, births and ages; with spaCy where it is installed
- phones: telephone numbers
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consultation.moderation.detectors import contacts, identifiers, phones
from consultation.moderation.detectors import names as detectors_names
from consultation.moderation.detectors.addresses import see_places
from consultation.moderation.detectors.base import Found, NameFinder, Reader, readable
from consultation.moderation.detectors.characters import locale_of, see_hidden_signs, see_shouting
from consultation.moderation.models import Certainty, FindingKind
from consultation.moderation.texts.ranges import widen

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
    contacts.see_emails,
    identifiers.see_ibans,
    identifiers.see_nirs,
    phones.see_phones,
    identifiers.see_sirens,
    identifiers.see_plates,
    contacts.see_links,
    detectors_names.see_names,
)
"""Readers of which only the first may have a character: an address is no name."""

_ALL: tuple[Reader, ...] = (
    see_places,
    detectors_names.see_births,
    detectors_names.see_ages,
    see_shouting,
)


@dataclass(frozen=True)
class Screened:
    """What was seen in a text, in its order; `is_flagged`: a moderator should read it first."""

    findings: tuple[Found, ...]
    locale: str | None
    is_flagged: bool
    has_danger_words: bool = False
    """Said by `danger.screening`, which knows what the staff added to the list."""


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
        yield from detectors_names.names_by(names, text)


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
