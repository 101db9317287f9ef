"""Detectors of identifying numbers: IBAN, social security, firms, number plates."""

import re
from collections.abc import Iterator
from string import ascii_uppercase

from stdnum import iban, luhn
from stdnum.fr import nir

from consultation.moderation.detectors.base import Detection, before
from consultation.moderation.models import Certainty, FindingKind

AMOUNT_AFTER = re.compile(
    r" ?(?:€|%|\$|k€|m€|(?:euros?|milli|mds?|personnes|victimes|habitants|francs|dollars|livres|"
    r"places|nuit|cas|visiteurs|visites|vues|connexions|heures|messages|signalements|images|"
    r"contenus|lignes|tonnes|mètres)\b)",
    re.IGNORECASE,
)

IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ ]?[0-9]{2}(?=[ .\-]?[A-Za-z0-9])")
FRENCH_IBAN = re.compile(r"FR[0-9]{2}[0-9]{10}[A-Z0-9]{11}[0-9]{2}", re.IGNORECASE)
_ABOUT_IBAN = re.compile(r"(?i)\b(?:iban|rib|compte|virement)\b[^\n]{0,30}\Z")
_VALUES = str.maketrans({letter: str(int(letter, 36)) for letter in ascii_uppercase})
SHORTEST_IBAN, LONGEST_IBAN = 15, 34


def find_ibans(text: str) -> Iterator[Detection]:
    """Yield the account numbers whose key is right, and French ones whose key is wrong."""
    for match in IBAN_START.finditer(text):
        end = _iban_end(text, match.start())
        if end is not None:
            yield Detection(FindingKind.IBAN, Certainty.SURE, match.start(), end)
            continue
        end = _french_end(text, match.start())
        if end is not None:
            is_announced = _ABOUT_IBAN.search(before(text, match.start()))
            certainty = Certainty.LIKELY if is_announced else Certainty.POSSIBLE
            yield Detection(FindingKind.IBAN, certainty, match.start(), end)


def _places(text: str, start: int) -> list[int]:
    """Return the places of the letters and digits of what may be one number, at most 34."""
    places: list[int] = []
    at = start
    while at < len(text) and len(places) < LONGEST_IBAN:
        character = text[at]
        if character.isascii() and character.isalnum():
            places.append(at)
        elif character not in " .-" or not places or places[-1] != at - 1:
            break
        at += 1
    return places


def _iban_end(text: str, start: int) -> int | None:
    places = _places(text, start)
    number = "".join(text[place] for place in places).upper()
    for length in range(len(places), SHORTEST_IBAN - 1, -1):
        is_whole = _ends_a_word(text, places[length - 1]) and _has_key(number[:length])
        if is_whole and iban.is_valid(number[:length], check_country=False):
            return places[length - 1] + 1
    return None


def _ends_a_word(text: str, place: int) -> bool:
    return place + 1 == len(text) or not text[place + 1].isalnum()


def _has_key(number: str) -> bool:
    """Check the remainder, faster than the library does."""
    return int((number[4:] + number[:4]).translate(_VALUES)) % 97 == 1


def _french_end(text: str, start: int) -> int | None:
    places = _places(text, start)[:27]
    number = "".join(text[place] for place in places)
    if not FRENCH_IBAN.fullmatch(number) or not _ends_a_word(text, places[-1]):
        return None
    return places[-1] + 1


NIR = re.compile(
    r"(?<![0-9])(?P<number>[1-478][ .\-]?[0-9]{2}[ .\-]?(?:0[1-9]|1[0-2]|[2-9][0-9])[ .\-]?"
    r"(?:[0-9]{2}|2[ABab])[ .\-]?[0-9]{3}[ .\-]?[0-9]{3})"
    r"(?:[ .\-/]{0,3}(?:cl[ée][ :]{0,3})?(?P<key>[0-9]{2}))?(?![0-9])"
)
_ABOUT_NIR = re.compile(
    r"(?i)(?:s[ée]cu|\bnir\b|\binsee\b|ameli|assur[ée]|immatricul|carte vitale)"
)


GROUPED = re.compile(r"[0-9][ .\-][0-9]{2}[ .\-][0-9]{2}[ .\-]\w{2}[ .\-][0-9]{3}[ .\-].{3,14}")
"""The grouping of social security numbers on cards, which nothing else has."""


def find_nirs(text: str) -> Iterator[Detection]:
    """Yield the social security numbers; without a right key they are only possible."""
    for match in NIR.finditer(text):
        if AMOUNT_AFTER.match(text, match.end()):
            continue
        certainty = Certainty.POSSIBLE
        if _ABOUT_NIR.search(before(text, match.start())) or GROUPED.fullmatch(match[0]):
            certainty = Certainty.LIKELY
        if match["key"] and nir.is_valid(_compact(match["number"]) + match["key"]):
            certainty = Certainty.SURE
        yield Detection(FindingKind.NIR, certainty, match.start(), match.end())


def _compact(number: str) -> str:
    return re.sub(r"[ .\-]", "", number).upper()


SIREN = re.compile(
    r"(?<![0-9.,])(?<![0-9] )[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{3}(?:[ .]?[0-9]{5})?"
    r"(?![0-9])(?! [0-9])"
)


def find_sirens(text: str) -> Iterator[Detection]:
    """Yield possible numbers of a firm: one leads to a person only now and then."""
    for match in SIREN.finditer(text):
        if not AMOUNT_AFTER.match(text, match.end()) and luhn.is_valid(_compact(match[0])):
            yield Detection(FindingKind.SIREN, Certainty.POSSIBLE, match.start(), match.end())


_LETTERS = "A-HJ-NP-TV-Z"
PLATE = re.compile(
    rf"(?<![\w-])[{_LETTERS}]{{2}}(?P<by>[ \-.]?)[0-9]{{3}}(?P=by)[{_LETTERS}]{{2}}(?![\w-])"
    rf"|(?<![\w-])[a-hj-np-tv-z]{{2}}-[0-9]{{3}}-[a-hj-np-tv-z]{{2}}(?![\w-])"
)
OLD_PLATE = re.compile(
    r"(?<![\w-])[0-9]{2,4}[ \-][A-Z]{2,3}[ \-]"
    r"(?:0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-6])(?![\w-])"
)
_ABOUT_CARS = re.compile(
    r"(?i)(?:plaque|immatricul|voiture|v[ée]hicule|camion|fourgon|berline|utilitaire|moto|scooter"
    r"|taxi|\bcondui[st]|\bauto\b)"
)


def find_plates(text: str) -> Iterator[Detection]:
    """Yield number plates; an old one is only possible where the text speaks of no car."""
    for match in PLATE.finditer(text):
        is_sure = match["by"] != "" or _speaks_of_a_car(text, match)
        certainty = Certainty.LIKELY if is_sure else Certainty.POSSIBLE
        yield Detection(FindingKind.PLATE, certainty, match.start(), match.end())
    for match in OLD_PLATE.finditer(text):
        certainty = Certainty.LIKELY if _speaks_of_a_car(text, match) else Certainty.POSSIBLE
        yield Detection(FindingKind.PLATE, certainty, match.start(), match.end())


def _speaks_of_a_car(text: str, match: re.Match[str]) -> bool:
    return _ABOUT_CARS.search(before(text, match.start(), 60)) is not None
