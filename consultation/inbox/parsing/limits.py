"""Limits that a mail must keep, counted in its bytes before it is parsed.

The standard library's time grows with the product of what is counted here.
"""

import re
from itertools import islice

LARGEST_MESSAGE = 30_000_000
# Bytes beyond ASCII take twice as much memory as the others once they are text.
MOST_HIGH_BYTES = 26_000_000
_ASCII = bytes(range(128))
LARGEST_HEAD = 256 * 1024
# More than in the largest message of ordinary lines; each takes eighty bytes of memory more.
MOST_LINES = 450_000
# Reading a part within a part costs a level of recursion, and for every line within a comparison
# with the end of each.
MOST_CONTAINERS = 50
MOST_COMPARISONS = 15_000_000
MOST_DELIMITERS = 1_000
# At every part, the fields of its container are searched.
MOST_FIELDS_LOOKED_AT = 5_000_000
MOST_NOTICE_BLOCKS = 20_000

HEAD_END = re.compile(rb"\r?\n\r?\n")
_CONTAINER = re.compile(rb"content-type:[\s\x1c-\x1f]*(?:multipart|message)/")
# The time grows with the square of the number of parameters.
_LONG_FIELD = re.compile(
    rb"(?:^|[\r\n])content-(?:type|disposition):(?:[^\r\n]|\r?\n[ \t]|\r[ \t]){5000}"
)
_FIELD = re.compile(rb"(?:^|[\r\n])[!-9;-~]*:")
_NOTICE = b"message/delivery-status"
_BLANK_LINES = (b"\n\n", b"\n\r\n", b"\r\r")


def reason(raw: bytes) -> str | None:
    """Return why a mail is not parsed, or None."""
    if len(raw) >= LARGEST_MESSAGE or len(raw.translate(None, _ASCII)) > MOST_HIGH_BYTES:
        return "too_large"
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if lines > MOST_LINES:
        return "too_many_lines"
    lowered = raw.lower()
    has_long_head = len(raw) > LARGEST_HEAD and HEAD_END.search(raw, 0, LARGEST_HEAD) is None
    if has_long_head or _LONG_FIELD.search(lowered):
        return "unreadable"
    containers = _count(_CONTAINER, lowered, MOST_CONTAINERS)
    if containers > MOST_CONTAINERS or containers * lines > MOST_COMPARISONS:
        return "too_deep"
    return _too_many_parts(lowered) if containers else None


def _too_many_parts(lowered: bytes) -> str | None:
    """Return why a mail has too many parts or fields, or None."""
    delimiters = lowered.count(b"\n--") + lowered.count(b"\r--")
    if delimiters > MOST_DELIMITERS:
        return "too_many_parts"
    most_fields = MOST_FIELDS_LOOKED_AT // max(delimiters, 1)
    if _count(_FIELD, lowered, most_fields) > most_fields:
        return "too_many_fields"
    blank_lines = sum(map(lowered.count, _BLANK_LINES))
    if _NOTICE in lowered and blank_lines > MOST_NOTICE_BLOCKS:
        return "too_many_parts"
    return None


def _count(pattern: re.Pattern[bytes], text: bytes, most: int) -> int:
    """Count what `pattern` finds, up to one more than `most`."""
    return sum(1 for _ in islice(pattern.finditer(text), most + 1))
