"""Suppression list: addresses that get no mail, with the reason.

Also the tokens of links by which a recipient unsubscribes.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.db.inserts import insert_once
from consultation.db.statements import Statement
from consultation.mail import mailbox_identity, retention
from consultation.mail.kinds import Reach, forgotten_names, names_of
from consultation.mail.mailbox_identity import Box
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
"""The reasons that suppress mail of each reach; none keeps the staff from their own account."""


def find_reason(session: Session, box: Box, reach: Reach) -> SuppressionReason | None:
    statement = _REASONS.get(reach)
    parameters = {"address_index": box.folded, "mailbox_index": box.mailbox}
    return statement.value(session, parameters) if statement else None


_ROW = Suppression.__table__.c


def _reason_of(reach: Reach) -> sa.Select[tuple[SuppressionReason]]:
    return (
        sa.select(_ROW.reason)
        .where(
            _ROW.address_index == sa.bindparam("address_index"),
            # Rows from before mailbox indexes suppress mail to all boxes of the folded form.
            sa.or_(
                _ROW.mailbox_index.is_(None), _ROW.mailbox_index == sa.bindparam("mailbox_index")
            ),
            sa.or_(*(_ROW.reason == reason for reason in STOPS[reach])),
            _ROW.lifted_at.is_(None),
        )
        .order_by(_ROW.id)
        .limit(1)
    )


_REASONS = {reach: Statement(_reason_of(reach)) for reach, stops in STOPS.items() if stops}


def suppress(
    session: Session,
    box: Box,
    reason: SuppressionReason,
    at: datetime,
    address: str | None = None,
) -> bool:
    """Suppress mail to a box, and the messages that wait for it; return whether that is new."""
    if address is None:
        address = _address_of(session, box)
    is_new = not _is_suppressed(session, box, reason) and None is not insert_once(
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
    _suppress_waiting(session, box, reason)
    return is_new


def suppress_address(
    session: Session, address: str, reason: SuppressionReason, at: datetime
) -> bool:
    """Suppress mail to the box of an address, however spelt; return whether that is new."""
    return suppress(session, Box.of(address), reason, at, address)


def lift(session: Session, public_id: str, at: datetime) -> Suppression | None:
    """Lift a suppression; return its row, or None when none is in force."""
    suppression = session.scalars(
        sa.select(Suppression).where(
            Suppression.public_id == public_id, Suppression.lifted_at.is_(None)
        )
    ).one_or_none()
    if suppression is not None:
        suppression.lifted_at = at
        session.flush()
    return suppression


def stop_token(reach: Reach, box: Box) -> str:
    """Return the token of the page that stops mail; it reveals no address.

    It is the same each time, as every repeat of a mail must be. Tokens from before mailbox indexes
    hold one hash less, and suppress mail to all boxes of the folded form.
    """
    identifier = SEPARATOR.join(filter(None, (reach.value, box.folded, box.mailbox)))
    return f"{identifier}{SEPARATOR}{keyring.link_signature(identifier)}"


def read_token(token: str) -> tuple[Reach, Box] | None:
    """Return the reach and the box of a token, or None when it is forged."""
    identifier, _, signature = token.rpartition(SEPARATOR)
    if not keyring.is_link_signature(identifier, signature):
        return None
    reach, *hashes = identifier.split(SEPARATOR)
    # A personal link is signed with the same key, and has no hashes.
    return (Reach(reach), Box(*hashes)) if hashes else None


def reason_for(reach: Reach) -> SuppressionReason:
    """Return the reason to record when a recipient stops mail of this reach."""
    return SuppressionReason.UNSUBSCRIBED if reach is Reach.BULK else SuppressionReason.NOT_ME


def _is_suppressed(session: Session, box: Box, reason: SuppressionReason) -> bool:
    in_force = sa.select(Suppression.id).where(
        Suppression.address_index == box.folded,
        sa.or_(Suppression.mailbox_index.is_(None), Suppression.mailbox_index == box.mailbox),
        Suppression.reason == reason,
        Suppression.lifted_at.is_(None),
    )
    return session.scalar(in_force.limit(1)) is not None


def _suppress_waiting(session: Session, box: Box, reason: SuppressionReason) -> None:
    """Suppress the waiting messages that the reason forbids; one being sent is not tried again."""
    reaches = [reach for reach, reasons in STOPS.items() if reason in reasons]
    is_waiting = OutboxMessage.status.in_(WAITING)
    of_kind = OutboxMessage.kind.in_(names_of(reaches))
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.id.in_(mailbox_identity.messages_to(session, box, is_waiting, of_kind)),
            is_waiting,
        )
        .values(status=MessageStatus.SUPPRESSED, last_error=reason.value),
        execution_options={"synchronize_session": False},
    )
    forgotten = OutboxMessage.kind.in_(forgotten_names())
    ids = mailbox_identity.messages_to(
        session, box, forgotten, OutboxMessage.recipient.is_not(None)
    )
    retention.blank_forgotten(session, OutboxMessage.id.in_(ids))


def _address_of(session: Session, box: Box) -> str | None:
    """Return the address of the latest message to a box, for the list of the staff."""
    ids = mailbox_identity.messages_to(session, box, OutboxMessage.recipient.is_not(None))
    message = session.get(OutboxMessage, ids[0]) if ids else None
    return message.recipient if message else None
