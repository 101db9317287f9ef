"""Retention of mail: content of messages is blanked, local copies of blanked ones are removed."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import Unreadable, keyring
from consultation.mail import kinds, mailbox_identity
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import WAITING, Delivery, MessageStatus, OutboxMessage, Suppression
from consultation.mail.transport import Mailbox

ERASED, CANCELLED = "erased", "cancelled"
_BLANK: dict[str, Any] = {"recipient": None, "parameters": None}
_LATER = {"synchronize_session": False}


def messages_containing(
    session: Session, folded: Collection[str], marks: Collection[str]
) -> Sequence[int]:
    """Return the ids of the messages that contain one of the marks, among those to some boxes.

    A mark is an id that a mail contains, such as that of a link, and it alone decides: a person
    who typed another's address does not reach that person's mail. The boxes, by their folded
    hashes, only say where to look.
    """
    return messages_with(session, OutboxMessage.recipient_index.in_(folded), marks)


def messages_with(
    session: Session, among: sa.ColumnElement[bool], marks: Collection[str]
) -> Sequence[int]:
    """Return the ids of the messages that contain one of the marks."""
    rows = session.execute(
        sa.select(
            OutboxMessage.id,
            # Decrypted one by one: a row that no key opens must not stop the others.
            sa.type_coerce(OutboxMessage.parameters, sa.LargeBinary),
        ).where(among, OutboxMessage.parameters.is_not(None))
    )
    return [id_ for id_, content in rows if content is not None and _contains(content, marks)]


def cancel_and_blank(session: Session, ids: Collection[int]) -> None:
    """Cancel messages that wait, and blank the content of these and of those that have left.

    A message that is being sent at this moment can't be stopped: it is marked sent if it was, and
    not tried again if it was not.
    """
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids), OutboxMessage.status.in_(WAITING))
        .values(status=MessageStatus.SUPPRESSED, last_error=ERASED),
        execution_options=_LATER,
    )
    session.execute(
        sa.update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(_BLANK),
        execution_options=_LATER,
    )


def forget_kept(session: Session, ids: Collection[int]) -> None:
    """Note of messages that were only kept on this machine that they were cancelled."""
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids))
        .values(status=MessageStatus.SUPPRESSED, sent_at=None, last_error=CANCELLED),
        execution_options=_LATER,
    )


def erase_address(session: Session, box: Box) -> None:
    """Erase the address of a suppressed box; its keyed hash still suppresses mail."""
    rows = session.execute(
        sa.select(
            Suppression.id, Suppression.mailbox_index, mailbox_identity.sealed(Suppression.address)
        ).where(
            box.may_be(Suppression.address_index, Suppression.mailbox_index),
            Suppression.address.is_not(None),
        )
    )
    ids = [id_ for id_, mailbox, address in rows if box.is_named(mailbox, address)]
    session.execute(
        sa.update(Suppression).where(Suppression.id.in_(ids)).values(address=None),
        execution_options=_LATER,
    )


def blank_forgotten(session: Session, *among: sa.ColumnElement[bool]) -> None:
    """Blank messages that wait no more, of the kinds of which nothing is kept then.

    Goes through all messages unless `among` narrows them.
    """
    session.execute(
        sa.update(OutboxMessage)
        .where(
            *among,
            OutboxMessage.kind.in_(kinds.forgotten_names()),
            OutboxMessage.status.not_in(WAITING),
            OutboxMessage.recipient.is_not(None),
        )
        .values(_BLANK),
        execution_options=_LATER,
    )


def remove_blanked_copies(session: Session, box: Mailbox) -> int:
    """Remove local mails of which every message has been blanked; return how many.

    Mails without a row here stay: they may be of another database.
    """
    keys = box.keys_by_message_id()
    if not keys:
        return 0
    has_content = sa.exists().where(
        OutboxMessage.delivery_id == Delivery.id, OutboxMessage.recipient.is_not(None)
    )
    blanked = set(session.scalars(sa.select(Delivery.message_id).where(~has_content))) & set(keys)
    session.rollback()
    box.remove(keys[message_id] for message_id in blanked)
    return len(blanked)


def _contains(content: bytes, marks: Collection[str]) -> bool:
    try:
        text = keyring.decrypt(content)
    except Unreadable:
        return False
    return any(mark in text for mark in marks)
