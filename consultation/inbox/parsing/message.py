"""Message parsing: from the bytes of one mail to its text, sender and sort; never raises."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesFeedParser, BytesHeaderParser

from consultation.inbox.models import Sort
from consultation.inbox.parsing import headers as parsing_headers
from consultation.inbox.parsing import limits
from consultation.inbox.parsing.classification import Bounced, classify, guess_locale
from consultation.inbox.parsing.headers import Headers
from consultation.inbox.parsing.limits import HEAD_END, LARGEST_HEAD, LARGEST_MESSAGE
from consultation.inbox.parsing.parts import (
    LARGEST_ENCLOSURE,
    Enclosure,
    TooManyParts,
    Unpacked,
    unpack,
)
from consultation.inbox.parsing.quotes import strip_quotes

__all__ = ["LARGEST_ENCLOSURE", "LARGEST_MESSAGE", "Bounced", "Enclosure", "ReadMessage", "read"]

LONGEST_SUBJECT = 500
LONGEST_SNIFFED = 10_000
PIECE = 64 * 1024

_ANSWER = re.compile(r"(?:re|ré|rép|aw|sv)\s?(?:\[\d+\]\s?)?:", re.IGNORECASE)
_FORWARD = re.compile(r"(?:tr|fwd?|wg|rtr)\s?:", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class ReadMessage:
    """A parsed mail; `reason` is why it is set aside, if it is.

    `original` is all of its text, `kept` its author's own, without quotations and signature.
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
    """Parse a mail; one that can't be parsed is `Sort.UNREADABLE` with a reason."""
    try:
        return _read(raw)
    except Exception:  # noqa: BLE001  # a hostile mail must not stop the collector
        return unknown("unreadable")


def headers_only(raw: bytes, reason: str) -> ReadMessage:
    """Parse the headers of a mail that is set aside for `reason`."""
    try:
        return _set_aside(_headers_alone(raw), reason)
    except Exception:  # noqa: BLE001  # as above
        return unknown(reason)


def unknown(reason: str) -> ReadMessage:
    """Return a mail of which nothing is known but the reason."""
    return _set_aside(Headers(()), reason)


def _read(raw: bytes) -> ReadMessage:
    reason = limits.reason(raw)
    if reason is not None:
        return _set_aside(_headers_alone(raw), reason)
    message = _parse(raw)
    headers = parsing_headers.headers_of(message)
    if _is_noise(raw, headers):
        return _set_aside(headers, "unreadable")
    try:
        unpacked = unpack(message)
    except TooManyParts:
        return _set_aside(headers, "too_many_parts")
    except RecursionError:
        return _set_aside(headers, "too_deep")
    return _understood(message, headers, unpacked)


def _parse(raw: bytes) -> Message:
    """Return the parts of a mail; fed piece by piece, fewer copies are in memory."""
    parser = BytesFeedParser(policy=policy.compat32)
    for start in range(0, len(raw), PIECE):
        parser.feed(raw[start : start + PIECE])
    return parser.close()


def _is_noise(raw: bytes, headers: Headers) -> bool:
    """Say whether `raw` is neither a mail nor a text."""
    if headers.has("from", "date", "message-id", "subject", "to"):
        return False
    start = raw[:LONGEST_SNIFFED]
    return len(_CONTROL.findall(start)) * 20 > len(start) or not start.strip()


def _headers_alone(raw: bytes) -> Headers:
    start = raw[:LARGEST_HEAD]
    end = HEAD_END.search(start)
    head = start[: end.start()] if end else start
    return parsing_headers.headers_of(BytesHeaderParser(policy=policy.compat32).parsebytes(head))


def _set_aside(headers: Headers, reason: str) -> ReadMessage:
    return _from_headers(headers, sort=Sort.UNREADABLE, reason=reason)


def _from_headers(headers: Headers, *, sort: Sort, reason: str | None) -> ReadMessage:
    sender = parsing_headers.sender_of(headers)
    subject = headers.line("subject")[:LONGEST_SUBJECT]
    return ReadMessage(
        sort=sort,
        reason=reason,
        locale=guess_locale(subject),
        message_id=parsing_headers.message_id_of(headers),
        answers_to=parsing_headers.answers_to(headers),
        sender=sender.address,
        sender_name=sender.name,
        recipients=parsing_headers.recipients_of(headers),
        subject=subject,
        original="",
        kept="",
        sent_at=parsing_headers.sent_at(headers),
        bounced=None,
        enclosures=(),
    )


def _understood(message: Message, headers: Headers, unpacked: Unpacked) -> ReadMessage:
    classification = classify(message, headers, unpacked)
    parsed = _from_headers(headers, sort=classification.sort, reason=classification.reason)
    is_answer = bool(parsed.answers_to) or _ANSWER.match(parsed.subject) is not None
    is_forward = _FORWARD.match(parsed.subject) is not None
    kept = strip_quotes(unpacked.text, is_answer=is_answer, is_forward=is_forward)
    return replace(
        parsed,
        locale=guess_locale(f"{parsed.subject}\n{kept or unpacked.text}"),
        original=unpacked.text,
        kept=kept,
        bounced=classification.bounced,
        enclosures=unpacked.enclosures,
    )
