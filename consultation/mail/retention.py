"""Emptying: what messages held goes for good, and the copies of mails kept here with it."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import Unreadable, keyring
from consultation.mail import boxes, kinds
from consultation.mail.boxes import Box
from consultation.mail.models import WAITING, Delivery, MessageStatus, OutboxMessage, Suppression
from consultation.mail.transport import Mailbox

ERASED = "erased"
_NOTHING: dict[str, Any] = {"recipient": None, "parameters": None}
_LATER = {"synchronize_session": False}


def naming(session: Session, folded: Collection[str], marks: Collection[str]) -> Sequence[int]:
    """Return the ids of the messages that hold one of the marks, among those to some boxes.

    A mark is an id that stands in a mail, such as that of a link, and it alone decides: whoever
    typed an address that is not theirs does not reach what others are sent.  The boxes, by their
    folded hashes, only say where to look.
    """
    rows = session.execute(
        sa.select(
            OutboxMessage.id,
            # Opened one by one: a row that no key opens must not stop the others.
            sa.type_coerce(OutboxMessage.parameters, sa.LargeBinary),
        ).where(OutboxMessage.recipient_index.in_(folded), OutboxMessage.parameters.is_not(None))
    )
    return [id_ for id_, sealed in rows if sealed is not None and _names(sealed, marks)]


def call_back(session: Session, ids: Collection[int]) -> None:
    """Let messages that wait never leave, and empty these and those that have left.

    One that is being sent at this moment can't be called back: it is noted as sent if it was, and
    not tried again if it was not.
    """
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids), OutboxMessage.status.in_(WAITING))
        .values(status=MessageStatus.SUPPRESSED, last_error=ERASED),
        execution_options=_LATER,
    )
    session.execute(
        sa.update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(_NOTHING),
        execution_options=_LATER,
    )


def forget_box(session: Session, box: Box) -> None:
    """Forget the address of a box that is not written to; its keyed hash still holds mail back."""
    rows = session.execute(
        sa.select(
            Suppression.id, Suppression.mailbox_index, boxes.sealed(Suppression.address)
        ).where(
            box.may_be(Suppression.address_index, Suppression.mailbox_index),
            Suppression.address.is_not(None),
        )
    )
    theirs = [id_ for id_, mailbox, address in rows if box.is_named(mailbox, address)]
    session.execute(
        sa.update(Suppression).where(Suppression.id.in_(theirs)).values(address=None),
        execution_options=_LATER,
    )


def empty_forgotten(session: Session, *among: sa.ColumnElement[bool]) -> None:
    """Empty the messages of kinds of which nothing is kept once they are not to be sent.

    Unless `among` says which messages, this goes through all of them.
    """
    session.execute(
        sa.update(OutboxMessage)
        .where(
            *among,
            OutboxMessage.kind.in_(kinds.forgotten_names()),
            OutboxMessage.status.not_in(WAITING),
            OutboxMessage.recipient.is_not(None),
        )
        .values(_NOTHING),
        execution_options=_LATER,
    )


def sweep(session: Session, box: Mailbox) -> int:
    """Remove the mails kept here of which every message has been emptied; return how many.

    Those whose row is unknown here stay: they may be of another database.
    """
    keys = box.keys_by_message_id()
    if not keys:
        return 0
    holds = sa.exists().where(
        OutboxMessage.delivery_id == Delivery.id, OutboxMessage.recipient.is_not(None)
    )
    emptied = set(session.scalars(sa.select(Delivery.message_id).where(~holds))) & set(keys)
    session.rollback()
    box.remove(keys[message_id] for message_id in emptied)
    return len(emptied)


def _names(sealed: bytes, marks: Collection[str]) -> bool:
    try:
        text = keyring.decrypt(sealed)
    except Unreadable:
        return False
    return any(mark in text for mark in marks)
