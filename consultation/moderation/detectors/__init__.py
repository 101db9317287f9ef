"""Detectors: passages that lead to a person, found by a machine.

- ages: dates of birth, and ages beside a place
- base: detector, detection, and the folded text in which they search
- characters: passages in capitals, hidden characters, language of a text
- contacts: e-mail addresses and links
- identifiers: IBAN, social security numbers, SIREN, number plates
- names: names of people, with spaCy where it is installed
- phones: telephone numbers
- postal_addresses: postal addresses
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consultation.moderation.detectors import (
    ages,
    characters,
    contacts,
    identifiers,
    phones,
    postal_addresses,
)
from consultation.moderation.detectors import names as detectors_names
from consultation.moderation.detectors.base import Detection, Detector, NameFinder, readable
from consultation.moderation.models import Certainty, FindingKind
from consultation.moderation.texts.ranges import widen

__all__ = ["VERSION", "Detection", "NameFinder", "Screened", "screen"]

VERSION = "3"
"""Raised when detectors change: texts on which no moderator decided are then screened again."""

DETECTORS: tuple[Detector, ...] = (
    Detector(FindingKind.EMAIL, contacts.find_emails),
    Detector(FindingKind.IBAN, identifiers.find_ibans),
    Detector(FindingKind.NIR, identifiers.find_nirs),
    Detector(FindingKind.PHONE, phones.find_phones),
    Detector(FindingKind.SIREN, identifiers.find_sirens, is_identifying=False),
    Detector(FindingKind.PLATE, identifiers.find_plates),
    Detector(FindingKind.LINK, contacts.find_links, is_identifying=False),
    Detector(FindingKind.NAME, detectors_names.find_names),
    Detector(FindingKind.ADDRESS, postal_addresses.find_addresses, is_exclusive=False),
    Detector(FindingKind.BIRTH, ages.find_births, is_exclusive=False),
    Detector(FindingKind.AGE_AND_PLACE, ages.find_ages, is_exclusive=False),
    Detector(
        FindingKind.SHOUTING, characters.find_shouting, is_exclusive=False, is_identifying=False
    ),
)
"""In the order in which they look: of the exclusive ones, the first has a character."""

IDENTIFYING = frozenset(detector.kind for detector in DETECTORS if detector.is_identifying)
"""Kinds that lead to a person by themselves."""


@dataclass(frozen=True)
class Screened:
    """The detections in a text, in its order; `is_flagged`: a moderator should read it first."""

    findings: tuple[Detection, ...]
    locale: str | None
    is_flagged: bool
    has_danger_words: bool = False
    """Set by `danger.screening`, which knows what the staff added to the list."""


def screen(text: str, *, names: NameFinder | None = None) -> Screened:
    """Run all detectors over `text`; ranges cut no grapheme."""
    copy = readable(text)
    detections = {*characters.find_hidden_characters(text)}
    for detection in _detections(copy.text, names):
        start, end = widen(text, *copy.original(detection.start, detection.end))
        detections.add(Detection(detection.kind, detection.certainty, start, end))
    findings = tuple(sorted(detections, key=lambda it: (it.start, it.end, it.kind)))
    return Screened(findings, characters.locale_of(copy.text), _is_flagged(findings))


def _detections(text: str, names: NameFinder | None) -> Iterator[Detection]:
    taken = bytearray(len(text))
    for detector in DETECTORS:
        for detection in detector.find(text):
            if detector.is_exclusive:
                if any(taken[detection.start : detection.end]):
                    continue
                taken[detection.start : detection.end] = b"\x01" * (detection.end - detection.start)
            yield detection
    if names is not None:
        yield from detectors_names.find_names_by_model(names, text)


def _is_flagged(findings: Iterable[Detection]) -> bool:
    """Return whether one detection is likely to lead to a person, or several may.

    Numbers of firms count for one, however many: alone they lead to no person.  Characters that
    reorder the text are a reason to look, since a machine doesn't read it as people do.
    """
    possible = 0
    has_firm = False
    for detection in findings:
        is_possible = detection.certainty is Certainty.POSSIBLE
        if detection.kind in IDENTIFYING or detection.kind is FindingKind.HIDDEN_SIGNS:
            if not is_possible:
                return True
            possible += detection.kind in IDENTIFYING
        has_firm = has_firm or detection.kind is FindingKind.SIREN
    return possible + has_firm >= 2
