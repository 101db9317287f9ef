"""Addresses that are not written to: why, for which mails, and until when."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.database import connection_of
from consultation.inserting import insert_once
from consultation.mail import emptying
from consultation.mail.addresses import index_of
from consultation.mail.kinds import Reach, names_of
from consultation.mail.models import (
    WAITING,
    MessageStatus,
    OutboxMessage,
    Suppression,
    SuppressionReason,
)

SEPARATOR = "."

STOPS = {
    Reach.ANSWER: (SuppressionReason.NOT_ME, SuppressionReason.BOUNCED, SuppressionReason.STAFF),
    Reach.BULK: tuple(SuppressionReason),
    Reach.STAFF: (),
}
"""Which reasons hold back mail of each reach; nothing keeps the staff from their own account."""


def stopping(session: Session, address_index: str, reach: Reach) -> SuppressionReason | None:
    """Return why mail of this reach may not be sent to an address, or None when it may."""
    sought = {"address_index": address_index, "reasons": STOPS[reach]}
    return connection_of(session).execute(_STOPPING, sought).scalar()


_ROW = Suppression.__table__.c
_STOPPING = (
    sa.select(_ROW.reason)
    .where(
        _ROW.address_index == sa.bindparam("address_index"),
        _ROW.reason.in_(sa.bindparam("reasons", expanding=True)),
        _ROW.lifted_at.is_(None),
    )
    .order_by(_ROW.id)
    .limit(1)
)


def suppress(
    session: Session,
    address_index: str,
    reason: SuppressionReason,
    at: datetime,
    address: str | None = None,
) -> bool:
    """Stop mail to an address, and what waits for it; return whether that is new."""
    if address is None:
        address = _address_of(session, address_index)
    added = insert_once(
        session,
        Suppression,
        {
            "address_index": address_index,
            "address": address,
            "reason": reason,
            "created_at": at,
        },
    )
    _hold_back(session, address_index, reason)
    return added is not None


def suppress_address(
    session: Session, address: str, reason: SuppressionReason, at: datetime
) -> bool:
    """Stop mail to every spelling of an address; return whether that is new."""
    return suppress(session, index_of(address), reason, at, address)


def lift(session: Session, public_id: str, at: datetime) -> Suppression | None:
    """Let an address be written to again; return the row, or None when none is in force."""
    found = session.scalars(
        sa.select(Suppression).where(
            Suppression.public_id == public_id, Suppression.lifted_at.is_(None)
        )
    ).one_or_none()
    if found is not None:
        found.lifted_at = at
        session.flush()
    return found


def stop_token(reach: Reach, address_index: str) -> str:
    """Return what the page that stops mail has in its address; no address can be read in it.

    It is the same each time, as every repeat of a mail must be.
    """
    identifier = f"{reach.value}{SEPARATOR}{address_index}"
    return f"{identifier}{SEPARATOR}{keyring.link_signature(identifier)}"


def read_token(token: str) -> tuple[Reach, str] | None:
    """Return which mail a token stops, and the keyed hash of to whom; None when forged."""
    identifier, _, signature = token.rpartition(SEPARATOR)
    if not keyring.is_link_signature(identifier, signature):
        return None
    reach, _, address_index = identifier.partition(SEPARATOR)
    # A personal link is signed by the same key, and names no reach.
    return (Reach(reach), address_index) if address_index else None


def reason_for(reach: Reach) -> SuppressionReason:
    """Return what it means that somebody stops mail of this reach."""
    return SuppressionReason.UNSUBSCRIBED if reach is Reach.BULK else SuppressionReason.NOT_ME


def _hold_back(session: Session, address_index: str, reason: SuppressionReason) -> None:
    """Take out of the queue what the reason forbids; a mail on its way is not tried again."""
    stopped = [reach for reach, reasons in STOPS.items() if reason in reasons]
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.recipient_index == address_index,
            OutboxMessage.status.in_(WAITING),
            OutboxMessage.kind.in_(names_of(stopped)),
        )
        .values(status=MessageStatus.SUPPRESSED, last_error=reason.value),
        execution_options={"synchronize_session": False},
    )
    emptying.empty_forgotten(session, OutboxMessage.recipient_index == address_index)


def _address_of(session: Session, address_index: str) -> str | None:
    """Return the address as the latest message to it was addressed, so that staff know it."""
    return session.scalar(
        sa.select(OutboxMessage.recipient)
        .where(OutboxMessage.recipient_index == address_index, OutboxMessage.recipient.is_not(None))
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )
