"""From the bytes of one mail to what it says and what wrote it; never raises."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from itertools import islice

from consultation.inbox import heading
from consultation.inbox.attached import LARGEST_ENCLOSURE, Enclosure
from consultation.inbox.bounces import Bounced
from consultation.inbox.cutting import cut
from consultation.inbox.heading import Headers
from consultation.inbox.language import guessed_locale
from consultation.inbox.models import Sort
from consultation.inbox.sorting import sorted_out
from consultation.inbox.unpacking import TooManyParts, Unpacked, unpack

__all__ = ["LARGEST_ENCLOSURE", "LARGEST_MESSAGE", "Bounced", "Enclosure", "ReadMessage", "read"]

LARGEST_MESSAGE = 30_000_000
LARGEST_HEAD = 256 * 1024
# Twice as many as in the largest message of ordinary lines.
MOST_LINE_ENDS = 1_600_000
LONGEST_SUBJECT = 500
LONGEST_LOOKED_AT = 10_000
# Reading a part within a part costs the standard library a level of recursion, and for every line
# within a comparison with the end of each.
MOST_CONTAINERS = 50
LARGE = 2_000_000
MOST_CONTAINERS_WHEN_LARGE = 15

_CONTAINER = re.compile(rb"content-type:[\s\x1c-\x1f]*(?:multipart|message)/")
# The standard library takes a time that grows with the square of the number of parameters.
_LONG_FIELD = re.compile(rb"content-(?:type|disposition):(?:[^\r\n]|\r?\n[ \t]|\r[ \t]){5000}")
_ANSWER = re.compile(r"(?:re|ré|rép|aw|sv)\s?(?:\[\d+\]\s?)?:", re.IGNORECASE)
_FORWARD = re.compile(r"(?:tr|fwd?|wg|rtr)\s?:", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True)
class ReadMessage:
    """One mail as the staff can read it; `reason` says why it is set aside.

    `original` is all of its text, `kept` what its author wrote, without quotations and signature.
    """

    sort: Sort
    reason: str | None
    locale: str
    message_id: str | None
    answers_to: tuple[str, ...]
    sender: str | None
    sender_name: str | None
    recipients: tuple[str, ...]
    subject: str
    original: str
    kept: str
    sent_at: datetime | None
    bounced: Bounced | None
    enclosures: tuple[Enclosure, ...]


def read(raw: bytes) -> ReadMessage:
    """Return what a mail says; one that can't be read is `Sort.UNREADABLE` with a reason."""
    try:
        return _read(raw)
    except Exception:  # noqa: BLE001  # a hostile mail must not stop the collector
        return _set_aside(Headers(()), "unreadable")


def _read(raw: bytes) -> ReadMessage:
    reason = _too_much(raw)
    if reason is not None:
        return _set_aside(_headers_alone(raw), reason)
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    headers = heading.headers_of(message)
    if _is_noise(raw, headers):
        return _set_aside(headers, "unreadable")
    try:
        unpacked = unpack(message)
    except (TooManyParts, RecursionError):
        return _set_aside(headers, "too_deep")
    return _understood(message, headers, unpacked)


def _too_much(raw: bytes) -> str | None:
    """Say why a mail is not even taken apart."""
    if len(raw) >= LARGEST_MESSAGE:
        return "too_large"
    if raw.count(b"\n") + raw.count(b"\r") > MOST_LINE_ENDS:
        return "too_many_lines"
    lowered = raw.lower()
    has_long_head = len(raw) > LARGEST_HEAD and _HEAD_END.search(raw, 0, LARGEST_HEAD) is None
    if has_long_head or _LONG_FIELD.search(lowered):
        return "unreadable"
    most = MOST_CONTAINERS if len(raw) < LARGE else MOST_CONTAINERS_WHEN_LARGE
    containers = sum(1 for _ in islice(_CONTAINER.finditer(lowered), most + 1))
    return "too_deep" if containers > most else None


def _is_noise(raw: bytes, headers: Headers) -> bool:
    """Say whether `raw` is no mail at all, nor even a text."""
    if headers.has("from", "date", "message-id", "subject", "to"):
        return False
    start = raw[:LONGEST_LOOKED_AT]
    return len(_CONTROL.findall(start)) * 20 > len(start) or not start.strip()


def _headers_alone(raw: bytes) -> Headers:
    start = raw[:LARGEST_HEAD]
    end = _HEAD_END.search(start)
    head = start[: end.start()] if end else start
    return heading.headers_of(BytesHeaderParser(policy=policy.compat32).parsebytes(head))


def _set_aside(headers: Headers, reason: str) -> ReadMessage:
    return _from_headers(headers, sort=Sort.UNREADABLE, reason=reason)


def _from_headers(headers: Headers, *, sort: Sort, reason: str | None) -> ReadMessage:
    sender = heading.sender_of(headers)
    subject = headers.line("subject")[:LONGEST_SUBJECT]
    return ReadMessage(
        sort=sort,
        reason=reason,
        locale=guessed_locale(subject),
        message_id=heading.message_id_of(headers),
        answers_to=heading.answers_to(headers),
        sender=sender.address,
        sender_name=sender.name,
        recipients=heading.recipients_of(headers),
        subject=subject,
        original="",
        kept="",
        sent_at=heading.sent_at(headers),
        bounced=None,
        enclosures=(),
    )


def _understood(message: Message, headers: Headers, unpacked: Unpacked) -> ReadMessage:
    sorted_ = sorted_out(message, headers, unpacked)
    heard = _from_headers(headers, sort=sorted_.sort, reason=sorted_.reason)
    is_answer = bool(heard.answers_to) or _ANSWER.match(heard.subject) is not None
    is_forward = _FORWARD.match(heard.subject) is not None
    kept = cut(unpacked.text, is_answer=is_answer, is_forward=is_forward)
    return replace(
        heard,
        locale=guessed_locale(f"{heard.subject}\n{kept or unpacked.text}"),
        original=unpacked.text,
        kept=kept,
        bounced=sorted_.bounced,
        enclosures=unpacked.enclosures,
    )
