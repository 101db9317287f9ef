"""Bounces: the signed return path that tells their mail, and what a genuine one changes."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.mail import mailbox_identity, suppression
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
    """Return the envelope sender of a mail: `box` plus the id of the mail, signed."""
    local, _, domain = box.rpartition("@")
    identifier = message_id.strip("<>").partition("@")[0]
    return f"{local}+{identifier}-{_signature(identifier)}@{domain}"


def find(session: Session, addresses: Iterable[str]) -> Delivery | None:
    """Return the mail whose signed return path is one of these addresses, or None."""
    for address in addresses:
        tag = address.rpartition("@")[0].rpartition("+")[2].lower()
        identifier, _, signature = tag.rpartition("-")
        if not identifier.isalnum() or not secrets.compare_digest(
            signature.encode(), _signature(identifier).encode()
        ):
            continue
        delivery = session.scalars(
            sa.select(Delivery).where(Delivery.message_id.startswith(f"<{identifier}@"))
        ).first()
        if delivery is not None:
            return delivery
    return None


def note_bounce(session: Session, delivery: Delivery, *, is_permanent: bool, at: datetime) -> None:
    """Mark the messages of a bounced mail undeliverable; if permanent, suppress its address.

    After a temporary failure that another server gave up, staff may resend; the address stays.
    """
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.delivery_id == delivery.id,
            # Messages suppressed before the mail left were not in it.
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
        box = mailbox_identity.of_delivery(session, delivery)
        suppression.suppress(session, box, SuppressionReason.BOUNCED, at)


def _signature(identifier: str) -> str:
    raw = bytes.fromhex(keyring.blind_index(PURPOSE, identifier))
    return base64.b32encode(raw).decode().lower()[:SIGNATURE_LENGTH]
