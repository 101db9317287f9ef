"""Detector of postal addresses: streets with a number, postcodes beside them, flats."""

import re
from collections.abc import Iterator

from consultation.moderation.detectors.base import LOWER, UPPER, Detection, before
from consultation.moderation.models import Certainty, FindingKind

_STREETS = (
    r"rue|avenue|av\.|ave\.?|boulevard|boul\.|blvd|bld|bd\.?|impasse|all[ée]e|chemin|quai|square"
    r"|ruelle|venelle|faubourg|fbg|esplanade|chauss[ée]e|mont[ée]e|rond-point"
)
_PLACES = (
    r"place|pl\.|cours|passage|route|rte|cit[ée]|villa|r[ée]sidence|hameau|lotissement|lieu-dit"
    r"|promenade|parvis|traverse|sentier|clos|mail"
)
HOUSE = re.compile(
    r"(?i)(?<![\w/.\-])(?P<number>[0-9]{1,4}(?:[ ]?(?:bis|ter|quater|[a-d](?![\w'])))?"
    r"(?:[ ]?[\-/][ ]?[0-9]{1,4})?)[ ]?,?[ ]{0,2}\Z"
)
_LINKING = r"(?:de la |de l'|du |des |de |d'|la |le |les |l'|aux? |à la )"
_CAPITAL = rf"[{UPPER}][\w'.\-]{{0,30}}"
_CITY = (
    rf"(?:(?:[Ll][ea]s? |[Ss]t )?{_CAPITAL}"
    rf"(?:[ \-](?:sur|sous|en|lès|la|le|les|de|{_CAPITAL})){{0,4}}+)"
)
STREET = re.compile(
    rf"(?<![\w\-])(?i:{_STREETS}|(?P<loose>{_PLACES}))[ ]{{1,2}}"
    rf"(?i:{_LINKING}){{0,2}}(?P<name>[{UPPER}{LOWER}0-9][\w'.\-]{{1,30}})"
    rf"(?P<more>(?:[ \-]{_LINKING}?{_CAPITAL}){{0,4}}+)"
    rf"(?P<tail>[ ,\-\n(]{{1,4}}(?:à |F-)?(?P<code>(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{{3}})(?![0-9])"
    rf"(?:[ ]{{1,2}}{_CITY})?|,? (?P<in>(?:à|a|in) )?{_CITY})?"
)
_NO_HOUSE_BEFORE = re.compile(
    r"(?i)\b(?:articles?|art\.|alin[ée]as?|pages?|p\.|mesures?|loi|d[ée]cret|annexes?|chapitre|"
    r"objectifs?|actions?|indicateurs?|fiches?|sur|axe|tome|n°|en|depuis|fin|d[ée]but|ann[ée]es?|"
    r"janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre)"
    r"[ ]{0,2}\Z"
)
_LIVES = re.compile(
    r"(?i)(?:habit|\bvi[ts]\b|vivent|vivait|log[ée]|h[ée]berg|domicil|r[ée]sid|adresse|foyer|"
    r"appartement|h[ôo]tel|enferm|\bdor[mt]|s[ée]questr|demeur|trouve)"
)
FLAT = re.compile(
    r"(?i)\b(?:appartement|appt?\.?|apt\.?|b[âa]timent|b[âa]t\.?)[ ]?(?:n°[ ]?)?"
    r"(?:[0-9]{1,4}|[a-h])\b(?!')"
)
ENGLISH = re.compile(
    rf"(?<![\w/.\-])[0-9]{{1,4}}[a-d]?,? (?:{_CAPITAL} ){{1,3}}(?:Street|Road|Lane|Drive|Terrace)\b"
)


def find_addresses(text: str) -> Iterator[Detection]:
    """Yield the postal addresses, and what is only part of one as possible."""
    for match in STREET.finditer(text):
        house = _house(text, match.start())
        certainty = _certainty(text, match, house is not None)
        if certainty:
            start = match.start() if house is None else house
            end = match.start() + len(match[0].rstrip(" .'-"))
            yield Detection(FindingKind.ADDRESS, certainty, start, end)
    for match in FLAT.finditer(text):
        yield Detection(FindingKind.ADDRESS, Certainty.POSSIBLE, match.start(), match.end())
    for match in ENGLISH.finditer(text):
        yield Detection(FindingKind.ADDRESS, Certainty.LIKELY, match.start(), match.end())


def _house(text: str, street: int) -> int | None:
    """Return the place of a house number before `street`, unless it numbers a law."""
    lead = before(text, street, 24)
    match = HOUSE.search(lead)
    if match is None or _NO_HOUSE_BEFORE.search(lead[: match.start()]):
        return None
    return street - len(lead) + match.start()


def _certainty(text: str, match: re.Match[str], has_house: bool) -> Certainty | None:
    is_named = _is_name(match["name"]) or bool(match["more"].strip())
    if match["loose"] and not is_named and not match["code"]:
        return None
    if has_house:
        is_sure = match["code"] or (is_named and not match["loose"])
        return Certainty.SURE if is_sure else Certainty.LIKELY
    if match["code"]:
        return Certainty.LIKELY
    if not is_named or (match["loose"] and not match["in"]):
        return None
    return Certainty.LIKELY if _LIVES.search(before(text, match.start())) else Certainty.POSSIBLE


def _is_name(word: str) -> bool:
    """Return whether a word is written as a name is; CHRS and the like are not."""
    return word[0].isupper() and not word.isupper()
