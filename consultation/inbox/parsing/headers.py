"""Mail headers: decoding of any charset, and the fields that are read."""

import codecs
import re
from binascii import Error as BrokenBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header as split_header
from email.message import Message
from email.utils import parsedate_to_datetime

from consultation.mail.addresses import LONGEST, is_sendable
from consultation.text import clean_line

LONGEST_HEADER = 2_000
# Python's other codecs are no charsets (zlib, rot13) or cost too much (punycode).
_NAMES = """
    ascii utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
    iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9
    iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254
    cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp858 koi8-r koi8-u mac-roman big5 gb2312 gbk
    gb18030 euc_jp shift_jis iso2022_jp euc_kr
"""
_CHARSETS = frozenset(_NAMES.split())
# Text declared as ISO-8859-1 is nearly always windows-1252, which has « œ » and « € ».
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})
# Their bytes can't be guessed, or look like ASCII: the declaration is trusted.
_TRUSTED = ("utf-16", "utf-32", "utf-7", "iso2022")
_MARK = "\ufeff"
_LOST = "\ufffd"
_FLOWED_QUOTE = re.compile(r"(>*) ?")
_SIGNATURE_MARK = "-- "


def decode_bytes(raw: bytes, declared: str | None) -> str:
    """Return the text of `raw`, whose `declared` charset may be wrong."""
    charset = _known(declared)
    if charset is not None and charset.startswith(_TRUSTED):
        return raw.decode(charset, "replace").lstrip(_MARK)
    return (_decoded_as_utf8(raw) or _as_declared(raw, charset)).lstrip(_MARK)


def decode_header(value: str) -> str:
    """Return a header as one clean line, with encoded words (RFC 2047) and raw bytes decoded."""
    bounded = value[:LONGEST_HEADER]
    if "=?" not in bounded:
        return clean_line(_from_raw(bounded))
    try:
        chunks = split_header(_from_raw(bounded))
        text = "".join(_word(chunk, charset) for chunk, charset in chunks)
    except (HeaderParseError, BrokenBase64, UnicodeError, ValueError):
        text = _from_raw(bounded)
    return clean_line(text)


def join_flowed(text: str, *, deletes_space: bool) -> str:
    """Return format=flowed text (RFC 3676) with its paragraphs put together again."""
    lines: list[str] = []
    depth_before, is_open = 0, False
    for line in text.split("\n"):
        marks = _FLOWED_QUOTE.match(line)
        depth = len(marks[1]) if marks else 0
        content = line[marks.end() :] if marks else line
        if is_open and depth == depth_before:
            lines[-1] += content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        depth_before = depth
        is_open = content.endswith(" ") and content != _SIGNATURE_MARK
        if is_open and deletes_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _known(declared: str | None) -> str | None:
    try:
        name = codecs.lookup((declared or "")[:40]).name
    except (LookupError, ValueError):
        return None
    return name if name in _CHARSETS else None


def _decoded_as_utf8(raw: bytes) -> str | None:
    """Return `raw` as UTF-8 if it is, but for a few broken characters, else None."""
    text = raw.decode("utf-8", "replace")
    lost = text.count(_LOST)
    if lost == 0:
        return text
    read = sum(map(text.count, "éèàêçùîôœ’–«»"))
    return text if read > 10 * lost else None


def _as_declared(raw: bytes, charset: str | None) -> str:
    if charset is not None and charset not in _LATIN and charset != "utf-8":
        try:
            return raw.decode(charset)
        except UnicodeError:
            return raw.decode("cp1252", "replace")
    return raw.decode("cp1252", "replace")


def _word(word: bytes | str, charset: str | None) -> str:
    return word if isinstance(word, str) else decode_bytes(word, charset)


def _from_raw(value: str) -> str:
    """Return a header with its bytes, which came as surrogates, decoded."""
    if value.isascii():
        return value
    try:
        raw = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value
    return decode_bytes(raw, None)


MOST_FIELDS = 500
LONGEST_FIELD = 20_000
MOST_RECIPIENTS = 100
MOST_ANSWERED = 50
LONGEST_NAME = 200
LONGEST_DATE = 100
RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]{1,64}@[^\s<>,;:\"()\[\]\\@]{1,190}")
_ANGLE = re.compile(r"<([^<>]{1,300})>")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_COMMENT = re.compile(r"\(([^()]{1,300})\)")


@dataclass(frozen=True)
class Headers:
    """The header fields of one mail as they came; names are in lower case."""

    fields: tuple[tuple[str, str], ...]

    def all_of(self, name: str) -> list[str]:
        """Return every value of a field, raw."""
        return [value for field, value in self.fields if field == name]

    def first(self, name: str) -> str:
        """Return the first value of a field, raw; nothing gives an empty string."""
        return next(iter(self.all_of(name)), "")

    def has(self, *names: str) -> bool:
        """Say whether any of these fields is there."""
        return any(field in names for field, _ in self.fields)

    def word(self, name: str) -> str:
        """Return the first value of a field up to its parameters, in lower case."""
        return clean_line(self.first(name).partition(";")[0]).casefold()

    def line(self, name: str) -> str:
        """Return the first value of a field as a person reads it."""
        return decode_header(self.first(name))


@dataclass(frozen=True)
class Sender:
    """The author that a mail claims; nothing proves it."""

    address: str | None
    name: str | None


def headers_of(message: Message) -> Headers:
    """Return the headers of `message`, bounded in number and length."""
    fields = list(message.raw_items())[:MOST_FIELDS]
    return Headers(tuple((name.lower(), str(value)[:LONGEST_FIELD]) for name, value in fields))


def sender_of(headers: Headers) -> Sender:
    """Return the address and the name of the author.

    An address that can't be read to the letter is None: a part of it is another person's.
    """
    raw = headers.first("from") or headers.first("sender")
    angled = _ANGLE.findall(raw)
    match = _ADDRESS.search(_as_utf8(angled[-1] if angled else raw))
    address = match[0].strip("'.") if match else None
    if address is not None and (clean_line(address) != address or not is_sendable(address)):
        address = None
    return Sender(address, _name_in(raw))


def _as_utf8(raw: str) -> str:
    """Return a header with its bytes decoded as UTF-8 (RFC 6532), if they are."""
    try:
        return raw.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return raw


def recipients_of(headers: Headers) -> tuple[str, ...]:
    """Return the addresses that the mail was sent or delivered to, each once."""
    values = (value for name in RECIPIENT_FIELDS for value in headers.all_of(name))
    addresses = (clean_line(match[0]) for value in values for match in _ADDRESS.finditer(value))
    return _distinct((address for address in addresses if len(address) <= LONGEST), MOST_RECIPIENTS)


def message_id_of(headers: Headers) -> str | None:
    """Return the `Message-ID`, with its brackets."""
    match = _MESSAGE_ID.search(headers.first("message-id"))
    return (clean_line(match[0]) or None) if match else None


def answers_to(headers: Headers) -> tuple[str, ...]:
    """Return the Message-IDs that a mail answers, the nearest first."""
    nearest = _MESSAGE_ID.findall(headers.first("in-reply-to"))
    before = _MESSAGE_ID.findall(headers.first("references"))
    return _distinct(map(clean_line, [*nearest, *reversed(before)]), MOST_ANSWERED)


def sent_at(headers: Headers) -> datetime | None:
    """Return the `Date` in UTC, or None if it is missing or broken."""
    try:
        moment = parsedate_to_datetime(clean_line(headers.first("date")[:LONGEST_DATE]))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _name_in(raw: str) -> str | None:
    before, bracket, _ = raw.rpartition("<")
    comment = None if bracket else _COMMENT.search(raw)
    written = before if bracket else (comment[1] if comment else "")
    name = decode_header(written).replace('\\"', '"').strip("\"' ")
    return name[:LONGEST_NAME] or None


def _distinct(values: Iterable[str], most: int) -> tuple[str, ...]:
    unique: dict[str, None] = {}
    for value in values:
        unique.setdefault(value, None)
        if len(unique) == most:
            break
    return tuple(unique)
