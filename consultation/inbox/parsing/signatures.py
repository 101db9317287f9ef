"""Signatures: removal of the one at the end of a mail, as of « Envoyé de mon iPhone »."""

import re
from collections.abc import Sequence

MOST_SIGNATURE_LINES = 20
MOST_CLOSING_LINES = 8
LONGEST_CLOSING_LINE = 60
LONGEST_LINE = 200

_RULE = re.compile(r"[_=*-]{5,}")
_ADDED = re.compile(
    r"(?:envoyé (?:de|depuis|à partir de|avec|par|via|du) |sent (?:from|with|by|via) (?:my |the )?"
    r"|(?:obtenir|télécharger) (?:outlook|boxer)|get outlook for|provenance ?: courrier|"
    r"(?:garanti )?sans virus|virus-free|l'absence de virus dans ce courrier)"
    r".{0,120}",
    re.IGNORECASE,
)
_TOOLS = re.compile(
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|smartphone|mobile|téléphone|tablette|phone"
    r"|outlook|gmail|yahoo|proton|orange|k-9|thunderbird|courrier|mail\b|messagerie|blackberry"
    r"|windows|virus|appareil|device|zimbra",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:très |bien )?(?:cordialement|amicalement|sincèrement|respectueusement)"
    r"|cdlt|cdt|bien à (?:vous|toi)|(?:sincères|meilleures|respectueuses) salutations"
    r"|salutations(?: distinguées| cordiales)?|(?:kind|best|warm|warmest)? ?regards"
    r"|(?:yours )?(?:sincerely|faithfully|truly)|best wishes|all the best)"
    r"(?: vôtre)?\s?[,.!]?",
    re.IGNORECASE,
)
# Text of the author, no signature.
_SAYS_MORE = re.compile(
    r"[.?!…]\s?$|\b(?:p\.?\s?-?s\.?|n\.?b\.?|mesures?|measures?|indicat\w+)\b", re.I
)


def strip_signature(lines: Sequence[str]) -> str:
    """Return the text of `lines` without its signature, unless nothing would be left."""
    rest = _without_added(lines)
    rest = _without_added(_before_dashes(rest))
    rest = _before_closing(rest)
    return "\n".join(rest).strip("\n") if any(map(str.strip, rest)) else "\n".join(lines).strip()


def _without_added(lines: Sequence[str]) -> list[str]:
    """Return `lines` without blank ones, rules and « Envoyé de mon iPhone » at their end."""
    rest = list(lines)
    while rest and _is_added(rest[-1].replace("\xa0", " ").replace("’", "'").strip()):
        rest.pop()
    return rest


def _is_added(line: str) -> bool:
    if not line or _RULE.fullmatch(line):
        return True
    if len(line) > LONGEST_LINE:
        return False
    return _ADDED.fullmatch(line) is not None and _TOOLS.search(line) is not None


def _before_dashes(lines: list[str]) -> list[str]:
    """Return the lines before « -- »; where the blank after it is missing, if a signature is."""
    start = max(0, len(lines) - MOST_SIGNATURE_LINES - 1)
    for position in range(len(lines) - 1, start - 1, -1):
        if lines[position] == "-- ":
            return lines[:position]
        if lines[position].strip() == "--" and _is_signature(lines[position + 1 :]):
            return lines[:position]
    return lines


def _before_closing(lines: list[str]) -> list[str]:
    start = max(0, len(lines) - 2 * MOST_CLOSING_LINES)
    for position in range(len(lines) - 1, start - 1, -1):
        line = lines[position].strip()
        if len(line) <= LONGEST_CLOSING_LINE and _CLOSING.fullmatch(line):
            return lines[:position] if _is_signature(lines[position + 1 :]) else lines
    return lines


def _is_signature(lines: Sequence[str]) -> bool:
    """Say whether `lines` may be a name, a function, an address: short, and no sentence."""
    written = [line.strip() for line in lines if line.strip()]
    return len(written) <= MOST_CLOSING_LINES and not any(
        len(line) > LONGEST_CLOSING_LINE or _SAYS_MORE.search(line) for line in written
    )
