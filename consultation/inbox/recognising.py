"""Recognises a message that was stored before, whatever way it comes in again."""

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.inbox.models import IncomingMessage
from consultation.inbox.reading import ReadMessage
from consultation.text import clean

PURPOSE = "incoming"


@dataclass(frozen=True)
class Incoming:
    """A message as it was read, and what is the same whatever way the same message comes in."""

    message: ReadMessage
    fingerprint: str


def recognised(message: ReadMessage, raw: bytes) -> Incoming:
    """Return a message that was read, or its headers, with what it is known by."""
    return Incoming(message, _fingerprint(message, raw))


def _fingerprint(message: ReadMessage, raw: bytes) -> str:
    if message.message_id:
        known_by = f"id {message.message_id}"
    elif message.original:
        sent = message.sent_at.isoformat() if message.sent_at else ""
        parts = (message.sender or "", sent, message.subject, message.original)
        known_by = "text " + "\n".join(parts)
    else:
        # Files and servers end lines and messages in different ways.
        bare = raw.replace(b"\r\n", b"\n").strip()
        known_by = f"bytes {hashlib.sha256(bare).hexdigest()}"
    return keyring.blind_index(PURPOSE, clean(known_by))


def is_known(session: Session, incoming: Incoming) -> bool:
    """Say whether the message was stored before."""
    found = session.scalar(
        sa.select(IncomingMessage.id).where(IncomingMessage.fingerprint == incoming.fingerprint)
    )
    return found is not None
