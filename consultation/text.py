"""The text rule at the boundary: what of a typed text is kept, and how its length is counted."""

import re
import unicodedata
from typing import Literal

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What an address holds without escapes, and never `.` or `..`, which browsers resolve."""


# Everything that XML, PostgreSQL or a terminal can't hold; tabs and line feeds are text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?")
_BLANKS = re.compile(r"\s+")


STRETCH = 200
"""Characters that are put into a normal form at once, and twice as many where marks go on."""


class NotUtf8(Exception):
    """The bytes received are no UTF-8 text."""


def decode(raw: bytes) -> str:
    """Return the text of `raw`; raise `NotUtf8` rather than guess."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUtf8 from None


def clean(text: str) -> str:
    """Return `text` with line feeds for line ends and without control characters or surrogates.

    Nothing else changes: nobody's words are filtered, nor their composition normalised.
    """
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))


def clean_line(text: str) -> str:
    """Return `text` as one line: what a name, an organisation or an address may hold."""
    return _BLANKS.sub(" ", clean(text)).strip()


def clip(text: str, limit: int) -> str:
    """Return `text` as one line of at most `limit` characters, an ellipsis for what is left out."""
    line = clean_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def length(text: str) -> int:
    """Count as the scripts of our pages do: UTF-16 units, a line end being one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normalized(form: Literal["NFKD", "NFKC"], text: str) -> str:
    """Return `text` in a normal form of Unicode, in a time that grows with its length only.

    The standard library sorts the marks that follow each other, in a time that grows with the
    square of their number: half a million would take minutes.
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
