"""What the headers of a mail say: who wrote, to whom, when, in answer to what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from consultation.inbox.decoding import decode_header
from consultation.mail.addresses import LONGEST, is_sendable
from consultation.text import clean_line

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
    """The header fields of one mail as they came, asked by their names in lower case."""

    fields: tuple[tuple[str, str], ...]

    def all_of(self, name: str) -> list[str]:
        """Return every value of a field, raw."""
        return [value for field, value in self.fields if field == name]

    def first(self, name: str) -> str:
        """Return the first value of a field, raw; nothing gives an empty string."""
        return next(iter(self.all_of(name)), "")

    def has(self, *names: str) -> bool:
        """Say whether one of these fields is there."""
        return any(field in names for field, _ in self.fields)

    def word(self, name: str) -> str:
        """Return the first value of a field up to its parameters, in lower case."""
        return clean_line(self.first(name).partition(";")[0]).casefold()

    def line(self, name: str) -> str:
        """Return the first value of a field as a person reads it."""
        return decode_header(self.first(name))


@dataclass(frozen=True)
class Sender:
    """Who a mail says that it is from; nothing here is proved."""

    address: str | None
    name: str | None


def headers_of(message: Message) -> Headers:
    """Return the headers of `message`, bounded in number and length."""
    fields = list(message.raw_items())[:MOST_FIELDS]
    return Headers(tuple((name.lower(), str(value)[:LONGEST_FIELD]) for name, value in fields))


def sender_of(headers: Headers) -> Sender:
    """Return the address and the name of the author.

    An address that can't be read to the letter is none: what is left of it is somebody else's.
    """
    raw = headers.first("from") or headers.first("sender")
    angled = _ANGLE.findall(raw)
    found = _ADDRESS.search(_as_utf8(angled[-1] if angled else raw))
    address = found[0].strip("'.") if found else None
    if address is not None and (clean_line(address) != address or not is_sendable(address)):
        address = None
    return Sender(address, _name_in(raw))


def _as_utf8(raw: str) -> str:
    """Return a header whose bytes beyond ASCII are UTF-8 with them read (RFC 6532)."""
    try:
        return raw.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return raw


def recipients_of(headers: Headers) -> tuple[str, ...]:
    """Return every address that the mail was sent or delivered to, each once."""
    values = (value for name in RECIPIENT_FIELDS for value in headers.all_of(name))
    found = (clean_line(match[0]) for value in values for match in _ADDRESS.finditer(value))
    return _once((one for one in found if len(one) <= LONGEST), MOST_RECIPIENTS)


def message_id_of(headers: Headers) -> str | None:
    """Return the `Message-ID`, with its brackets."""
    found = _MESSAGE_ID.search(headers.first("message-id"))
    return (clean_line(found[0]) or None) if found else None


def answers_to(headers: Headers) -> tuple[str, ...]:
    """Return the Message-IDs that a mail answers, the nearest first."""
    nearest = _MESSAGE_ID.findall(headers.first("in-reply-to"))
    before = _MESSAGE_ID.findall(headers.first("references"))
    return _once(map(clean_line, [*nearest, *reversed(before)]), MOST_ANSWERED)


def sent_at(headers: Headers) -> datetime | None:
    """Return when the mail says it was sent."""
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


def _once(values: Iterable[str], most: int) -> tuple[str, ...]:
    unique: dict[str, None] = {}
    for value in values:
        unique.setdefault(value, None)
        if len(unique) == most:
            break
    return tuple(unique)
