"""Detectors of contact details: e-mail addresses, disguised ones as well, and links."""

import re
from collections.abc import Iterator

from consultation.moderation.detectors.base import Detection, matches
from consultation.moderation.models import Certainty, FindingKind

AT = re.compile(
    r" ?@ ?|[ ]{0,2}[\[({<][ ]?(?:at|arobase|arrobase|arobas|a|chez|@)[ ]?[\])}>][ ]{0,2}"
    r"|[ ]{1,2}(?:at|arobase|arrobase|arobas)[ ]{1,2}",
    re.IGNORECASE,
)
LOCAL = re.compile(r"[\w.%+\-]{1,64}")
_DOT = r"(?:\.|[ ]{0,2}[\[({][ ]?(?:point|dot|\.)[ ]?[\])}][ ]{0,2}|[ ]{1,2}(?:point|dot)[ ]{1,2})"
DOMAIN = re.compile(rf"(?:[\w\-]{{1,63}}{_DOT}){{1,5}}[A-Za-z]{{2,24}}(?![\w@])", re.IGNORECASE)
_SPOKEN_DOT = re.compile(r"(?i)[ \])}](?:point|dot)[ \[({]|[\[({][ ]?(?:point|dot|\.)")
LONGEST_LOCAL = 64


def find_emails(text: str) -> Iterator[Detection]:
    """Yield the addresses: each @ or its like, with the words before and after it."""
    for at in AT.finditer(text):
        local = LOCAL.match(text[max(0, at.start() - LONGEST_LOCAL) : at.start()][::-1])
        domain = DOMAIN.match(text, at.end())
        if not local or not domain:
            continue
        certainty = _certainty(at[0], domain[0])
        if certainty:
            start = at.start() - len(local[0].rstrip(".-%+"))
            yield Detection(FindingKind.EMAIL, certainty, start, domain.end())


def _certainty(at: str, domain: str) -> Certainty | None:
    if at == "@" and not _SPOKEN_DOT.search(domain):
        return Certainty.SURE
    # "Meet us at exemple.fr" is no address; "jeanne at exemple dot fr" is one.
    if at.strip().casefold() == "at" and not _SPOKEN_DOT.search(domain):
        return None
    return Certainty.LIKELY


LINK = re.compile(r"(?i)(?:https?://|ftp://|(?<![\w.])www\.)[^\s<>\"«»]{1,2000}+")
BARE_DOMAIN = re.compile(
    r"(?i)(?<![\w.@/\-])(?:[a-z0-9\-]{1,63}\.){1,4}(?:fr|com|org|net|eu|info|io|be|ch|ly|me)"
    r"(?![\w@.\-])(?:/[^\s<>\"«»]{0,2000})?"
)
_CLOSING = ".,;:!?)]}'"


def find_links(text: str) -> Iterator[Detection]:
    """Yield addresses of pages, without the full stop that ends their sentence."""
    for link in matches(LINK, text, FindingKind.LINK, Certainty.SURE):
        end = link.start + len(text[link.start : link.end].rstrip(_CLOSING))
        yield Detection(link.kind, link.certainty, link.start, end)
    yield from matches(BARE_DOMAIN, text, FindingKind.LINK, Certainty.POSSIBLE)
