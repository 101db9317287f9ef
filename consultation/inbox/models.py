"""Tables of incoming mail: messages, attachments, proposed measures, conversions, folders."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.i18n import Labelled
from consultation.plan.models import Measure


class Sort(Labelled):
    """The nature of a message; only one of a person may become a contribution."""

    PERSON = "person", "écrit par une personne"
    AUTO_REPLY = "auto_reply", "réponse automatique"
    BOUNCE = "bounce", "retour d'un courriel non remis"
    NEWSLETTER = "newsletter", "lettre d'information ou liste"
    UNREADABLE = "unreadable", "illisible"


class State(Labelled):
    """The state of a message; it counts for nothing before staff convert it."""

    WAITING = "waiting", "à traiter"
    ASKED = "asked", "confirmation demandée"
    CONVERTED = "converted", "converti"
    SET_ASIDE = "set_aside", "mis de côté"


class IncomingMessage(Base):
    """A message, stored once whatever way it came; its texts are encrypted.

    `original` is its text as it can be read, `kept` without quotations and signature.
    """

    __tablename__ = "incoming_message"
    __table_args__ = (sa.Index(None, "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    source: Mapped[str] = mapped_column(sa.String(20))
    sort: Mapped[Sort] = mapped_column(enum_type(Sort, "sort"))
    state: Mapped[State] = mapped_column(enum_type(State, "state"), default=State.WAITING)
    reason: Mapped[str | None] = mapped_column(sa.String(40))
    has_danger_words: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Hints that a person is in danger; the message is listed first."""
    danger_words_by: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    """Version of the danger words it was screened by; None while that is due."""
    locale: Mapped[str] = mapped_column(LANGUAGE_TAG)
    sender: Mapped[str | None] = mapped_column(EncryptedText)
    sender_name: Mapped[str | None] = mapped_column(EncryptedText)
    sender_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    subject: Mapped[str | None] = mapped_column(EncryptedText)
    original: Mapped[str | None] = mapped_column(EncryptedText)
    kept: Mapped[str | None] = mapped_column(EncryptedText)
    respondent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("respondent.id"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    sent_at: Mapped[datetime | None]
    collected_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    attachments: Mapped[list["IncomingAttachment"]] = relationship(
        back_populates="message", order_by="IncomingAttachment.id"
    )
    proposals: Mapped[list["Proposal"]] = relationship(order_by="Proposal.rank")


class IncomingAttachment(Base):
    """An attachment; its content is a file of its own, encrypted, unless it was too large."""

    __tablename__ = "incoming_attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("incoming_message.id"), index=True)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    content_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    is_kept: Mapped[bool]

    message: Mapped[IncomingMessage] = relationship(back_populates="attachments")


class Reference(Base):
    """A message that a message answers, by the fingerprint that it has or would have here."""

    __tablename__ = "incoming_reference"

    message_id: Mapped[int] = mapped_column(sa.ForeignKey("incoming_message.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), primary_key=True, index=True)


class Clue(Labelled):
    """What in a message points to a measure."""

    ADDRESS = "address", "par l'adresse écrite"
    REPLY = "reply", "par l'accusé de réception auquel il répond"
    CODE = "code", "par son code"
    NUMBER = "number", "par son numéro"
    TITLE = "title", "par son titre"


class Proposal(Base):
    """A measure that a message may be about; the likeliest has rank 1.

    A theme of the shipped plan that disappears takes its proposals with it.
    """

    __tablename__ = "incoming_proposal"

    message_id: Mapped[int] = mapped_column(sa.ForeignKey("incoming_message.id"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(
        sa.ForeignKey("measure.id", ondelete="CASCADE"), primary_key=True
    )
    clue: Mapped[Clue] = mapped_column(enum_type(Clue, "clue"))
    rank: Mapped[int]

    measure: Mapped[Measure] = relationship()


class Conversion(Base):
    """A response that a message, or a part of it, became."""

    __tablename__ = "incoming_conversion"

    message_id: Mapped[int] = mapped_column(sa.ForeignKey("incoming_message.id"), primary_key=True)
    response_id: Mapped[int] = mapped_column(
        sa.ForeignKey("response.id"), primary_key=True, unique=True
    )


class CollectedFolder(Base):
    """How far a folder of a mail server has been read; `name` is a keyed hash of it.

    `collected_at` is when it was last read without an error, `failure` why the last try failed.
    """

    __tablename__ = "collected_folder"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(sa.BigInteger)
    last_uid: Mapped[int] = mapped_column(sa.BigInteger)
    collected_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(sa.String(40))
    failed_at: Mapped[datetime | None]
