"""Mail tables: outbox messages, deliveries, suppressions, circuit breakers."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type


class MessageStatus(enum.StrEnum):
    """State of a message."""

    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    SUPPRESSED = "suppressed"


WAITING = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.RETRYING)
"""The states of messages that may still leave."""
# Written out, as SQLite uses a partial index only for the condition that it can read.
IS_WAITING = sa.text("status IN ('queued', 'sending', 'retrying')")


class Delivery(Base):
    """One mail: its messages are frozen at the first attempt, and every repeat is the same mail."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    recipient_index: Mapped[str] = mapped_column(sa.String(64))
    mailbox_index: Mapped[str | None] = mapped_column(sa.String(64))
    """Of the box that it goes to; see `mailbox_identity` for those without."""
    created_at: Mapped[datetime]
    deferred_at: Mapped[datetime | None]
    """When its server first deferred it: the days before giving up count from then."""

    messages: Mapped[list["OutboxMessage"]] = relationship(
        back_populates="delivery", order_by="OutboxMessage.id"
    )

    __table_args__ = (
        sa.Index(None, "recipient_index", "created_at"),
        sa.Index(None, "created_at"),
    )


class OutboxMessage(Base):
    """A message. `next_attempt_at` is when it is due or, while being sent, when its lease ends."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        sa.Index(None, "status", "next_attempt_at"),
        # With the status: by the box alone, SQLite may prefer to go through all mail that waits.
        sa.Index(None, "recipient_index", "status"),
        # What waits, in the order in which it leaves: the one question asked for every mail.
        sa.Index(
            "ix_outbox_message_due",
            "next_attempt_at",
            "id",
            sqlite_where=IS_WAITING,
            postgresql_where=IS_WAITING,
        ),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", "sent_has_its_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup_key: Mapped[str] = mapped_column(sa.String(100), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    locale: Mapped[str] = mapped_column(LANGUAGE_TAG)
    batch_key: Mapped[str | None] = mapped_column(sa.String(120), index=True)
    recipient: Mapped[str | None] = mapped_column(EncryptedText)
    recipient_index: Mapped[str] = mapped_column(sa.String(64))
    mailbox_index: Mapped[str | None] = mapped_column(sa.String(64))
    domain_index: Mapped[str | None] = mapped_column(sa.String(64))
    parameters: Mapped[str | None] = mapped_column(EncryptedText)
    status: Mapped[MessageStatus] = mapped_column(
        enum_type(MessageStatus, "status"), default=MessageStatus.QUEUED
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(sa.String(200))
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    delivery: Mapped[Delivery | None] = relationship(back_populates="messages")


class SuppressionReason(enum.StrEnum):
    """Why an address gets no more mail."""

    NOT_ME = "not_me"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    STAFF = "staff"


_IS_IN_FORCE = sa.text("lifted_at IS NULL")
_STOPS_ALL_ALIKE = sa.text("lifted_at IS NULL AND mailbox_index IS NULL")


class Suppression(Base):
    """A suppressed address, until the staff lift it; one row in force per reason.

    A row without `mailbox_index`, from before that column, suppresses all boxes that look alike.
    """

    __tablename__ = "suppression"
    __table_args__ = (
        sa.Index(
            "uq_suppression_in_force",
            "address_index",
            "reason",
            unique=True,
            sqlite_where=_STOPS_ALL_ALIKE,
            postgresql_where=_STOPS_ALL_ALIKE,
        ),
        sa.Index(
            "uq_suppression_of_mailbox_in_force",
            "address_index",
            "mailbox_index",
            "reason",
            unique=True,
            sqlite_where=_IS_IN_FORCE,
            postgresql_where=_IS_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    address_index: Mapped[str] = mapped_column(sa.String(64))
    mailbox_index: Mapped[str | None] = mapped_column(sa.String(64))
    address: Mapped[str | None] = mapped_column(EncryptedText)
    reason: Mapped[SuppressionReason] = mapped_column(enum_type(SuppressionReason, "reason"))
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class Breaker(Base):
    """A circuit breaker: of the mail server, of one domain, or of a flood of acknowledgements.

    `since` is the start of the current series of failures. `open_until` is when one mail may try
    again, not before the last failure, or None while an administrator has to decide.
    """

    __tablename__ = "mail_breaker"

    scope: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(sa.String(40))
    since: Mapped[datetime]
    open_until: Mapped[datetime | None]
