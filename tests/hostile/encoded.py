"""Bodies whose bytes are no text, are another one than they say, or are encoded once too often."""

from functools import partial
from urllib.parse import unquote_to_bytes, urlencode

from tests.hostile.cases import Case, Outcome, drawn

PIECES = (
    b"%C3%28", b"%A0", b"%E2%28%A1", b"%F0%28%8C%BC", b"%FF%FE", b"\xe9t\xe9", b"%E9", b"%C0%AF",
    b"%C0%80", b"%E0%80%AF", b"%F8%88%80%80%AF", b"%F4%90%80%80", b"%ED%A0%80",
    b"%ED%A0%BD%ED%B2%A9", b"%ED%BF%BF", b"%00", b"a%00b", b"%C3", b"%E2%82", b"\xc3\xa9",
    b"%C3%A9", b"%c3%a9", b"%ZZ", b"%", b"%4", b"%%41", b"%2541", b"%25C3%25A9", b"%252525",
    b"%u00e9", b"%26%23233;", b"+", b"%2B", b"%26", b"%3D", b"=", b"%0D%0A", b"%0D", b"%EF%BB%BF",
    b"%EF%BF%BD", b"%EF%BF%BE", b"%E2%80%A8", b"\x1b", b"%7F", b"%C2%85",
)  # fmt: skip
AROUND = (b"", b"l'", b"%C3%A0+", b"%F0%9F%8C%8A")
TYPES = (
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8",
    "application/x-www-form-urlencoded; charset=iso-8859-1",
    "application/x-www-form-urlencoded;charset=utf-16", "Application/X-WWW-Form-URLencoded",
)  # fmt: skip


def encoded(chance, count):
    """The text as raw bytes; UTF-8 is the only encoding, whatever the head says."""
    for piece, before, after, content_type in drawn(chance, count, PIECES, AROUND, AROUND, TYPES):
        raw = before + piece + after
        text = _text_of(raw)
        yield Case(
            "encodings",
            {"suggestions": text or "", "missing_indicator": "Un mot."},
            Outcome.REFUSED if text is None else Outcome.STORED,
            body=partial(_with_raw, raw),
            content_type=content_type,
            is_bare=True,
        )


def _text_of(raw):
    """What the bytes say in UTF-8, or None."""
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _with_raw(raw, pairs, names):
    """The fields as a browser encodes them, but for the text, which is as it is."""
    name = names["suggestions"]
    others = urlencode([pair for pair in pairs if pair[0] != name]).encode()
    return others + b"&" + name.encode() + b"=" + raw
