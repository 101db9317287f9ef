"""Mail that comes back: the signed return path of each mail, and what a true bounce changes."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.mail import boxes, suppression
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage, SuppressionReason

ID_BYTES = 16
SIGNATURE_LENGTH = 12
PURPOSE = "return path"
GIVEN_UP = "given_up"


def new_message_id(domain: str) -> str:
    """Return a `Message-ID` of 128 random bits that an address can repeat whatever its case."""
    raw = secrets.token_bytes(ID_BYTES)
    return f"<{base64.b32encode(raw).decode().rstrip('=').lower()}@{domain}>"


def return_path(message_id: str, box: str) -> str:
    """Return where a mail comes back to: `box`, plus which mail it was, signed."""
    local, _, domain = box.rpartition("@")
    identifier = message_id.strip("<>").partition("@")[0]
    return f"{local}+{identifier}-{_signature(identifier)}@{domain}"


def find(session: Session, addresses: Iterable[str]) -> Delivery | None:
    """Return the mail that one of these addresses names as its signed return path, or None."""
    for address in addresses:
        tag = address.rpartition("@")[0].rpartition("+")[2].lower()
        identifier, _, signature = tag.rpartition("-")
        if not identifier.isalnum() or not secrets.compare_digest(
            signature.encode(), _signature(identifier).encode()
        ):
            continue
        found = session.scalars(
            sa.select(Delivery).where(Delivery.message_id.startswith(f"<{identifier}@"))
        ).first()
        if found is not None:
            return found
    return None


def note_bounce(session: Session, delivery: Delivery, *, is_permanent: bool, at: datetime) -> None:
    """Note that a mail came back: its messages are undeliverable, for good its address stopped.

    What another server gave up after days may be sent again by hand; the address stays good.
    """
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.delivery_id == delivery.id,
            # What was called back before the mail left was not in it.
            OutboxMessage.status != MessageStatus.SUPPRESSED,
        )
        .values(
            status=MessageStatus.UNDELIVERABLE,
            sent_at=None,
            last_error="bounced" if is_permanent else GIVEN_UP,
        ),
        execution_options={"synchronize_session": False},
    )
    if is_permanent:
        box = boxes.of_delivery(session, delivery)
        suppression.suppress(session, box, SuppressionReason.BOUNCED, at)


def _signature(identifier: str) -> str:
    raw = bytes.fromhex(keyring.blind_index(PURPOSE, identifier))
    return base64.b32encode(raw).decode().lower()[:SIGNATURE_LENGTH]
