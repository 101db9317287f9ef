"""Mailbox identity: tells the rows of one mailbox from those of another that looks alike.

A row that keeps an address has two keyed hashes of it.  The folded one finds it, by an index of the
database; the exact one, `mailbox_index`, says whether it is of the box that is meant.  Rows from
before `mailbox_index` lack the exact one until the worker has filled it in.  Of those the
address itself says it, and where that has been forgotten, as of mail that left long ago, the folded
hash does, as it did when they were written.

A suppression from before stays in force for all that look alike: it is never narrowed to one box,
as the address beside it may be of another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from consultation.crypto.keyring import Unreadable, keyring
from consultation.mail.addresses import index_of, mailbox_index_of
from consultation.mail.models import WAITING, Delivery, MessageStatus, OutboxMessage


@dataclass(frozen=True)
class Box:
    """One mailbox; without `mailbox`, all that look alike, as only the folded hash is known."""

    folded: str
    mailbox: str | None = None

    @classmethod
    def of(cls, address: str) -> "Box":
        return cls(index_of(address), mailbox_index_of(address))

    @classmethod
    def of_row(cls, folded: str | None, mailbox: str | None, address: bytes | None) -> "Box":
        """Return the box that a row names, by its `sealed` address where that is not filled in."""
        text = None if mailbox else opened(address)
        return cls(folded or "", mailbox_index_of(text) if text else mailbox)

    def may_be(self, folded: Any, mailbox: Any) -> sa.ColumnElement[bool]:
        """Return the condition of rows that may be of this box, given their columns."""
        is_alike: sa.ColumnElement[bool] = folded == self.folded
        if self.mailbox is None:
            return is_alike
        return sa.and_(is_alike, sa.or_(mailbox == self.mailbox, mailbox.is_(None)))

    def is_named(self, mailbox: str | None, address: bytes | None) -> bool:
        """Decide whether a row selected by `may_be` is of this box."""
        named = Box.of_row(self.folded, mailbox, address)
        return None in (named.mailbox, self.mailbox) or named == self


def messages_to(session: Session, box: Box, *among: sa.ColumnElement[bool]) -> Sequence[int]:
    """Return the ids of the messages to a box, narrowed by `among`, the latest first."""
    rows = session.execute(
        sa.select(OutboxMessage.id, OutboxMessage.mailbox_index, sealed(OutboxMessage.recipient))
        .where(box.may_be(OutboxMessage.recipient_index, OutboxMessage.mailbox_index), *among)
        .order_by(OutboxMessage.id.desc())
    )
    return [id_ for id_, mailbox, address in rows if box.is_named(mailbox, address)]


def batch_key(kind: str, mailbox: str, locale: str) -> str:
    """Return the key that messages share which one mail may carry."""
    return f"{kind}:{mailbox}:{locale}"


def of_delivery(session: Session, delivery: Delivery) -> Box:
    """Return the box that a mail went to: that of its first message, while it is known."""
    folded = delivery.recipient_index
    if delivery.mailbox_index is not None:
        return Box(folded, delivery.mailbox_index)
    carried = session.execute(
        sa.select(OutboxMessage.mailbox_index, sealed(OutboxMessage.recipient))
        .where(OutboxMessage.delivery_id == delivery.id)
        .order_by(OutboxMessage.id)
    )
    boxes = (Box.of_row(folded, mailbox, address) for mailbox, address in carried)
    return next((box for box in boxes if box.mailbox is not None), Box(folded))


Part = Callable[[Session, int, Box], object]

_parts: dict[str, Part] = {}


def register_part(kind: str, part: Part) -> None:
    """Register `part(session, id, box)`, which removes from a message what is not for its box.

    For a kind whose messages named several people at once when boxes that look alike were one.
    """
    _parts[kind] = part


def fill(session: Session, *among: sa.ColumnElement[bool], waits: bool = False) -> None:
    """Fill in the mailbox index of the messages narrowed by `among`; call inside `writing`.

    Messages that wait in one mail to several boxes are separated: the mail keeps those to its own
    box, the others wait for a mail of their own. Rows that another transaction has locked are
    skipped, unless this one `waits`.
    """
    rows = session.execute(
        sa.select(OutboxMessage, sealed(OutboxMessage.recipient))
        .options(load_only(*_LOADED_COLUMNS))
        .where(OutboxMessage.mailbox_index.is_(None), OutboxMessage.recipient.is_not(None), *among)
        .order_by(OutboxMessage.id)
        .with_for_update(of=OutboxMessage, skip_locked=not waits)
        .execution_options(populate_existing=True)
    ).all()
    for message, recipient in rows:
        address = opened(recipient)
        if address is not None:
            _fill_message(session, message, Box.of(address))


def _fill_message(session: Session, message: OutboxMessage, box: Box) -> None:
    message.mailbox_index = box.mailbox
    if message.batch_key is not None and box.mailbox is not None:
        message.batch_key = batch_key(message.kind, box.mailbox, message.locale)
    if message.delivery is not None:
        went_to = of_delivery(session, message.delivery).mailbox
        message.delivery.mailbox_index = went_to
        if went_to != box.mailbox and message.status in WAITING:
            message.delivery, message.status = None, MessageStatus.QUEUED
    session.flush()
    if message.kind in _parts and message.status in WAITING:
        _parts[message.kind](session, message.id, box)


_LOADED_COLUMNS = (
    OutboxMessage.kind,
    OutboxMessage.locale,
    OutboxMessage.batch_key,
    OutboxMessage.status,
    OutboxMessage.delivery_id,
)


def sealed(address: Any) -> sa.ColumnElement[Any]:
    """Return a column of addresses still encrypted, to be `opened` one by one.

    A row that no key opens must not stop the others.
    """
    return sa.type_coerce(address, sa.LargeBinary).label("sealed")


def opened(address: bytes | None) -> str | None:
    """Return the address that a row keeps, or None where it keeps none or no key opens it."""
    try:
        return None if address is None else keyring.decrypt(bytes(address))
    except Unreadable:
        return None
