"""Addresses that are not written to: why, for which mails, and until when."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.db.base import connection_of
from consultation.db.inserts import insert_once
from consultation.mail import boxes, retention
from consultation.mail.boxes import Box
from consultation.mail.kinds import Reach, forgotten_names, names_of
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


def stopping(session: Session, box: Box, reach: Reach) -> SuppressionReason | None:
    """Return why mail of this reach may not be sent to a box, or None when it may."""
    sought = {
        "address_index": box.folded,
        "mailbox_index": box.mailbox,
        "reasons": STOPS[reach],
    }
    return connection_of(session).execute(_STOPPING, sought).scalar()


_ROW = Suppression.__table__.c
_STOPPING = (
    sa.select(_ROW.reason)
    .where(
        _ROW.address_index == sa.bindparam("address_index"),
        # What was stopped before boxes that look alike were told apart is stopped for them all.
        sa.or_(_ROW.mailbox_index.is_(None), _ROW.mailbox_index == sa.bindparam("mailbox_index")),
        _ROW.reason.in_(sa.bindparam("reasons", expanding=True)),
        _ROW.lifted_at.is_(None),
    )
    .order_by(_ROW.id)
    .limit(1)
)


def suppress(
    session: Session,
    box: Box,
    reason: SuppressionReason,
    at: datetime,
    address: str | None = None,
) -> bool:
    """Stop mail to a box, and what waits for it; return whether that is new."""
    if address is None:
        address = _address_of(session, box)
    is_new = not _is_stopped_for(session, box, reason) and None is not insert_once(
        session,
        Suppression,
        {
            "address_index": box.folded,
            "mailbox_index": box.mailbox,
            "address": address,
            "reason": reason,
            "created_at": at,
        },
    )
    _hold_back(session, box, reason)
    return is_new


def suppress_address(
    session: Session, address: str, reason: SuppressionReason, at: datetime
) -> bool:
    """Stop mail to the box of an address, however it is spelt; return whether that is new."""
    return suppress(session, Box.of(address), reason, at, address)


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


def stop_token(reach: Reach, box: Box) -> str:
    """Return what the page that stops mail has in its address; no address can be read in it.

    It is the same each time, as every repeat of a mail must be.  Those of mails that left before
    boxes that look alike were told apart hold one hash less, and stop mail to them all.
    """
    identifier = SEPARATOR.join(filter(None, (reach.value, box.folded, box.mailbox)))
    return f"{identifier}{SEPARATOR}{keyring.link_signature(identifier)}"


def read_token(token: str) -> tuple[Reach, Box] | None:
    """Return which mail a token stops, and to whom; None when forged."""
    identifier, _, signature = token.rpartition(SEPARATOR)
    if not keyring.is_link_signature(identifier, signature):
        return None
    reach, *hashes = identifier.split(SEPARATOR)
    # A personal link is signed by the same key, and names no reach.
    return (Reach(reach), Box(*hashes)) if hashes else None


def reason_for(reach: Reach) -> SuppressionReason:
    """Return what it means that somebody stops mail of this reach."""
    return SuppressionReason.UNSUBSCRIBED if reach is Reach.BULK else SuppressionReason.NOT_ME


def _is_stopped_for(session: Session, box: Box, reason: SuppressionReason) -> bool:
    found = sa.select(Suppression.id).where(
        Suppression.address_index == box.folded,
        sa.or_(Suppression.mailbox_index.is_(None), Suppression.mailbox_index == box.mailbox),
        Suppression.reason == reason,
        Suppression.lifted_at.is_(None),
    )
    return session.scalar(found.limit(1)) is not None


def _hold_back(session: Session, box: Box, reason: SuppressionReason) -> None:
    """Take out of the queue what the reason forbids; a mail on its way is not tried again."""
    stopped = [reach for reach, reasons in STOPS.items() if reason in reasons]
    waits = OutboxMessage.status.in_(WAITING)
    of_kind = OutboxMessage.kind.in_(names_of(stopped))
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(boxes.messages_to(session, box, waits, of_kind)), waits)
        .values(status=MessageStatus.SUPPRESSED, last_error=reason.value),
        execution_options={"synchronize_session": False},
    )
    forgotten = OutboxMessage.kind.in_(forgotten_names())
    held = boxes.messages_to(session, box, forgotten, OutboxMessage.recipient.is_not(None))
    retention.empty_forgotten(session, OutboxMessage.id.in_(held))


def _address_of(session: Session, box: Box) -> str | None:
    """Return the address as the latest message to it was addressed, so that staff know it."""
    found = boxes.messages_to(session, box, OutboxMessage.recipient.is_not(None))
    message = session.get(OutboxMessage, found[0]) if found else None
    return message.recipient if message else None
