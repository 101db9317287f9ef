"""Text rules: cleaning of typed text, its length, codes that fit into addresses."""

import re
import unicodedata
from typing import Literal

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""A code that needs no escapes in an address, and is not `.` or `..`, which browsers resolve."""


# Characters that XML, PostgreSQL or a terminal can't hold; tabs and line feeds are kept.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?")
_BLANKS = re.compile(r"\s+")
_BLANK_LETTERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
)


_DIGITS = re.compile(r"(\d+)")


STRETCH = 200
"""Characters normalised at once; twice as many where combining marks continue."""


class NotUtf8(Exception):
    """Bytes that are not UTF-8."""


def decode(raw: bytes) -> str:
    """Decode UTF-8; raise `NotUtf8`."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUtf8 from None


def clean(text: str) -> str:
    """Return `text` with line feeds for line ends and without control characters or surrogates.

    Nothing else changes: no word is filtered, and Unicode is not normalised.
    """
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))


def clean_text(text: str) -> str:
    """Return all that was typed in a field or a cell, cleaned; empty where it shows nothing."""
    cleaned = clean(text)
    return "" if shows_nothing(cleaned) else cleaned


def clean_line(text: str) -> str:
    """Return `text` as one cleaned line, for names, organisations and addresses.

    It is empty where it shows nothing.
    """
    return _BLANKS.sub(" ", clean_text(text)).strip()


def shows_nothing(text: str) -> bool:
    """Return whether no character of `text` has a shape: readers take it for empty."""
    return all(character.isspace() or is_hidden(character) for character in text)


def is_hidden(character: str) -> bool:
    """Return whether a character has no shape: direction, zero width, selector, tag."""
    return (
        unicodedata.category(character) == "Cf"
        or character in _BLANK_LETTERS
        or is_variation_selector(character)
    )


def is_variation_selector(character: str) -> bool:
    """Return whether a character only chooses how the one before it looks."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def clip(text: str, limit: int) -> str:
    """Return `text` as one line of at most `limit` characters, an ellipsis for what is left out."""
    line = clean_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def capitalized(text: str) -> str:
    """Return `text` with its first letter as a capital, and the others as they are."""
    return text[:1].upper() + text[1:]


def natural_key(code: str) -> list[tuple[int, str]]:
    """Return the key by which « M2 » comes before « M10 »."""
    parts = _DIGITS.split(code)
    return [(int(part) if part.isdecimal() else -1, part) for part in parts]


def length(text: str) -> int:
    """Count UTF-16 units, as the scripts of the pages do; a line end is one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normalized(form: Literal["NFKD", "NFKC"], text: str) -> str:
    """Return `text` in a normal form of Unicode, in linear time.

    The standard library sorts consecutive combining marks in quadratic time: half a million of
    them would take minutes.
    """
    pieces = []
    start = 0
    while start < len(text):
        end = start + STRETCH
        while end < min(len(text), start + 2 * STRETCH) and unicodedata.combining(text[end]):
            end += 1
        pieces.append(unicodedata.normalize(form, text[start:end]))
        start = end
    return "".join(pieces)
