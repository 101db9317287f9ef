"""Detector of telephone numbers, French and foreign, except those of public services."""

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from consultation.moderation.detectors.base import Detection, before
from consultation.moderation.detectors.identifiers import AMOUNT_AFTER
from consultation.moderation.models import Certainty, FindingKind

PUBLIC_NUMBERS = {
    "15": "Samu",
    "17": "Police secours",
    "18": "Sapeurs-pompiers",
    "112": "Urgences européennes",
    "114": "Urgences pour les personnes sourdes",
    "115": "Samu social",
    "119": "Allô enfance en danger",
    "116000": "Enfants disparus",
    "116006": "France Victimes",
    "116117": "Médecin de garde",
    "3018": "Violences numériques",
    "3114": "Prévention du suicide",
    "3919": "Violences femmes info",
    "3939": "Allô service public",
    "3977": "Maltraitance des personnes âgées",
    "0800059595": "Viols femmes informations",
    "0800235236": "Fil santé jeunes",
    "0800840800": "Sida info service",
    "0805805817": "Info escroqueries",
    "0825009907": "Dispositif Ac.Sé",
}
"""Numbers of public services: never a detection."""

OVERSEAS = ("RE", "GP", "GF", "MQ", "YT", "PM")

_BETWEEN = r"[ \t.\-/_·]"
FRENCH = re.compile(
    rf"(?<![\w+])(?:(?:\+|00)[ ]?33{_BETWEEN}{{0,2}}(?:\(0\)[ ]?|0)?|[0Oo]{_BETWEEN}?)"
    rf"[1-9](?:{_BETWEEN}{{0,3}}[0-9Oo]){{8}}(?![0-9])"
)
FOREIGN = re.compile(r"(?<![\w+])(?:\+|00)[ ]?[1-9](?:[ .\-/()]{0,2}[0-9]){7,14}(?![0-9])")
COMMAS = re.compile(r"(?<![\w,.])0[67](?:,[0-9]{2}){4}(?![0-9,])")
ANNOUNCED = re.compile(
    r"(?i)\b(?:t[ée]l(?:[ée]phone)?|portable|mobile|gsm|whats ?app|phone|num[ée]ro de t[ée]l"
    r"[ée]?phone|signal|telegram)[ .:°]{0,3}(?:(?:est|au|le|is|n)[ .:°]{1,2}){0,2}"
    r"(?P<seen>[1-9](?:[ .\-/()]{0,2}[0-9]){7,14})(?![0-9])"
)
_SPELLED_DIGITS = "z[ée]ro|un|deux|trois|quatre|cinq|six|sept|huit|neuf"
_SPELLED_NUMBERS = (
    rf"{_SPELLED_DIGITS}|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante"
    r"|cinquante|soixante|et"
)
SPELLED_OUT = re.compile(
    rf"(?i)\bz[ée]ro[ ,.\-]{{1,2}}(?:{_SPELLED_DIGITS})"
    rf"(?:[ ,.\-]{{1,2}}(?:{_SPELLED_NUMBERS})\b){{4,16}}"
)
DATE = re.compile(r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-](?:19|20)[0-9]{2}")
_LEGAL_BEFORE = re.compile(
    r"(?i)\b(?:article|art\.|siren|siret|rna|dossier|facture|isbn|issn|ean|finess|d[ée]cret)"
    r"[ :n°o.]{0,5}\Z"
)


def find_phones(text: str) -> Iterator[Detection]:
    """Yield the numbers that may be a person's, each once, in no special order."""
    taken: list[range] = []
    phones = (phone for read in (_french, _foreign, _announced, _spelled) for phone in read(text))
    for phone in sorted(phones, key=lambda phone: (phone.start, -phone.end)):
        if not any(phone.start < it.stop and it.start < phone.end for it in taken[-3:]):
            yield phone
        taken.append(range(phone.start, phone.end))


def _french(text: str) -> Iterator[Detection]:
    for match in FRENCH.finditer(text):
        certainty = _french_certainty(_digits(match[0]))
        if certainty and not _is_something_else(text, match):
            yield Detection(FindingKind.PHONE, certainty, match.start(), match.end())


@lru_cache(maxsize=4096)
def _french_certainty(digits: str) -> Certainty | None:
    national = "0" + digits[-9:]
    if national in PUBLIC_NUMBERS or national == "0123456789":  # the last is how one counts
        return None
    if national.startswith("08"):
        return Certainty.POSSIBLE  # a service's, never a private person's
    if any(_is_valid(national, region) for region in ("FR", *OVERSEAS)):
        return Certainty.SURE
    return Certainty.LIKELY


def _is_valid(digits: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number.replace("O", "0").replace("o", "0"))


def _is_something_else(text: str, match: re.Match[str]) -> bool:
    return bool(
        DATE.match(text, match.start())
        or AMOUNT_AFTER.match(text, match.end())
        or _LEGAL_BEFORE.search(before(text, match.start()))
    )


def _foreign(text: str) -> Iterator[Detection]:
    for match in FOREIGN.finditer(text):
        if _is_foreign(_digits(match[0])) and not _is_something_else(text, match):
            yield Detection(FindingKind.PHONE, Certainty.SURE, match.start(), match.end())


@lru_cache(maxsize=4096)
def _is_foreign(digits: str) -> bool:
    return _is_valid("+" + digits.removeprefix("00"), None)


def _announced(text: str) -> Iterator[Detection]:
    for match in ANNOUNCED.finditer(text):
        if _digits(match["seen"]) not in PUBLIC_NUMBERS and not AMOUNT_AFTER.match(
            text, match.end()
        ):
            yield Detection(
                FindingKind.PHONE, Certainty.LIKELY, match.start("seen"), match.end("seen")
            )


def _spelled(text: str) -> Iterator[Detection]:
    for pattern in (COMMAS, SPELLED_OUT):
        for match in pattern.finditer(text):
            yield Detection(FindingKind.PHONE, Certainty.LIKELY, match.start(), match.end())
