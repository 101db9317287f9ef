"""Storage of messages: each once, by its fingerprint."""

import enum
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring, new_id
from consultation.db.base import Base
from consultation.db.inserts import insert_once
from consultation.i18n import DEFAULT_LOCALE, LOCALES
from consultation.inbox import answered_mail, attachments, measure_proposals
from consultation.inbox.answered_mail import Reply
from consultation.inbox.models import (
    Clue,
    IncomingAttachment,
    IncomingMessage,
    Proposal,
    Reference,
    Sort,
    State,
)
from consultation.inbox.parsing.message import ReadMessage
from consultation.mail.addresses import index_of, is_sendable
from consultation.mail.delivery import bounces
from consultation.plan.models import Measure
from consultation.text import clean, clean_line, clean_text

PURPOSE = "incoming"


@dataclass(frozen=True)
class Incoming:
    """A parsed message and its fingerprint, the same whatever way the message comes in."""

    message: ReadMessage
    fingerprint: str


def fingerprinted(message: ReadMessage, raw: bytes) -> Incoming:
    """Return a parsed message, or its headers, with its fingerprint."""
    return Incoming(message, _fingerprint(message, raw))


def _fingerprint(message: ReadMessage, raw: bytes) -> str:
    if message.message_id:
        return _fingerprint_of(message.message_id)
    if message.original:
        sent = message.sent_at.isoformat() if message.sent_at else ""
        parts = (message.sender or "", sent, message.subject, message.original)
        known_by = "text " + "\n".join(parts)
    else:
        # Files and servers end lines and messages in different ways.
        bare = raw.replace(b"\r\n", b"\n").strip()
        known_by = f"bytes {hashlib.sha256(bare).hexdigest()}"
    return keyring.blind_index(PURPOSE, clean(known_by))


def _fingerprint_of(message_id: str) -> str:
    return keyring.blind_index(PURPOSE, clean(f"id {message_id}"))


def is_known(session: Session, incoming: Incoming) -> bool:
    message_id = session.scalar(
        sa.select(IncomingMessage.id).where(IncomingMessage.fingerprint == incoming.fingerprint)
    )
    return message_id is not None


def find(session: Session, incoming: Incoming) -> IncomingMessage | None:
    """Return the message of that fingerprint as it is stored, or None."""
    return session.scalars(
        sa.select(IncomingMessage).where(IncomingMessage.fingerprint == incoming.fingerprint)
    ).one_or_none()


NOT_STORED = "not_stored"
TOO_LARGE = "too_large"
LONGEST_REASON, LONGEST_TYPE = 40, 100


class Source(enum.StrEnum):
    """The way by which a message came in."""

    IMAP = "imap"
    FILE = "file"


@dataclass(frozen=True)
class Stored:
    """Whether a message was new; `reason` is why it was set aside, if it was."""

    is_new: bool
    reason: str | None = None


@dataclass(frozen=True)
class KeptFile:
    """An enclosure; its content is on disk if `is_kept`, else only its name is stored."""

    public_id: str
    name: str
    content_type: str
    size: int
    is_kept: bool


def keep_files(home: Path, message: ReadMessage) -> list[KeptFile]:
    """Write the enclosures of a message to disk, before any row names them; return them."""
    kept = [
        KeptFile(
            public_id=new_id(),
            name=clean_line(enclosure.name),
            content_type=clean_line(enclosure.content_type)[:LONGEST_TYPE],
            size=enclosure.size,
            is_kept=enclosure.content is not None,
        )
        for enclosure in message.enclosures
    ]
    try:
        for file, enclosure in zip(kept, message.enclosures, strict=True):
            if enclosure.content is not None:
                attachments.write(home, file.public_id, enclosure.content)
    except BaseException:
        attachments.remove(home, [file.public_id for file in kept])
        raise
    return kept


def add(
    session: Session,
    incoming: Incoming,
    files: Sequence[KeptFile],
    *,
    source: Source,
    at: datetime,
) -> Stored:
    """Store a message unless it is known; to be called inside `writing`."""
    message = incoming.message
    sender = _sender(message)
    # In the form that deliveries have.
    answered = [f"<{clean_line(named).strip('<> ')}>" for named in message.answers_to]
    reply = answered_mail.find_reply(session, answered, sender)
    values = _texts(message) | {
        "fingerprint": incoming.fingerprint,
        "source": source.value,
        "sort": message.sort,
        "state": State.WAITING if message.sort is Sort.PERSON else State.SET_ASIDE,
        "reason": _reason(message),
        "locale": message.locale if message.locale in LOCALES else DEFAULT_LOCALE,
        "sender_index": index_of(sender) if sender else None,
        "respondent_id": reply.respondent_id,
        "delivery_id": reply.delivery_id,
        "sent_at": _moment(message.sent_at),
        "collected_at": at,
    }
    message_id = insert_once(session, IncomingMessage, values)
    if message_id is None:
        return Stored(is_new=False)
    _add_files(session, message_id, files)
    _add_references(session, message_id, message)
    if message.sort is Sort.PERSON:
        _add_proposals(session, message_id, message, reply)
    if message.sort is Sort.BOUNCE:
        _note_bounce(session, message_id, message, at)
    return Stored(is_new=True, reason=values["reason"])


def _texts(message: ReadMessage) -> dict[str, Any]:
    """Return the columns that hold text, cleaned."""
    return {
        "sender": clean_line(message.sender or "") or None,
        "sender_name": clean_line(message.sender_name or "") or None,
        "subject": clean_line(message.subject),
        "original": clean_text(message.original),
        "kept": clean_text(message.kept),
    }


def _reason(message: ReadMessage) -> str | None:
    if message.sort is Sort.PERSON:
        return None
    return (message.reason or message.sort.value)[:LONGEST_REASON]


def _sender(message: ReadMessage) -> str | None:
    """Return the sender's address, if mail can be sent to it."""
    sender = clean_line(message.sender or "")
    return sender if is_sendable(sender) else None


def _moment(moment: datetime | None) -> datetime | None:
    """Return a moment in UTC, or None if no column can hold it: senders write any date."""
    if moment is None or moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _add_files(session: Session, message_id: int, files: Sequence[KeptFile]) -> None:
    session.add_all(
        IncomingAttachment(
            public_id=file.public_id,
            message_id=message_id,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            is_kept=file.is_kept,
        )
        for file in files
    )
    session.flush()


def _add_references(session: Session, message_id: int, message: ReadMessage) -> None:
    """Store what a message answers, whether that has come in or not."""
    answered = dict.fromkeys(map(_fingerprint_of, message.answers_to))
    rows = [{"message_id": message_id, "fingerprint": fingerprint} for fingerprint in answered]
    if rows:
        session.execute(sa.insert(Base.metadata.tables[Reference.__tablename__]), rows)


def _add_proposals(session: Session, message_id: int, message: ReadMessage, reply: Reply) -> None:
    clues = [(measure_id, Clue.REPLY) for measure_id in reply.measure_ids]
    known = known_measures(session)
    proposals = measure_proposals.propose(message, known)
    clues += [(proposal.measure_id, proposal.clue) for proposal in proposals]
    rows = [
        {"message_id": message_id, "measure_id": measure_id, "clue": clue, "rank": rank}
        for rank, (measure_id, clue) in enumerate(_likeliest_first(clues), start=1)
    ]
    if rows:
        session.execute(sa.insert(Base.metadata.tables[Proposal.__tablename__]), rows)


def _likeliest_first(clues: Iterable[tuple[int, Clue]]) -> list[tuple[int, Clue]]:
    """Return each measure once, by its best clue; `Clue` declares the surest first."""
    surest = list(Clue)
    by_measure: dict[int, Clue] = {}
    for measure_id, clue in sorted(clues, key=lambda pair: surest.index(pair[1])):
        by_measure.setdefault(measure_id, clue)
    return list(by_measure.items())


def known_measures(session: Session) -> list[measure_proposals.KnownMeasure]:
    """Return the measures in force, with the names that messages are searched for."""
    rows = session.execute(
        sa.select(Measure.id, Measure.code, Measure.title)
        .where(Measure.retired_at.is_(None))
        .order_by(Measure.position, Measure.id)
    )
    return [
        measure_proposals.KnownMeasure(id=id_, code=code, titles=tuple(title.values()))
        for id_, code, title in rows
    ]


def _note_bounce(session: Session, message_id: int, message: ReadMessage, at: datetime) -> None:
    """Note the bounce of one of our deliveries, known by its signed return path."""
    if message.bounced is None:
        return
    delivery = bounces.find(session, message.recipients)
    if delivery is None:
        return
    # A notice of a delay changes nothing: the other server goes on trying, and reports again.
    if message.bounced.is_over:
        bounces.note_bounce(session, delivery, is_permanent=message.bounced.is_permanent, at=at)
    session.execute(
        sa.update(IncomingMessage)
        .where(IncomingMessage.id == message_id)
        .values(delivery_id=delivery.id)
    )
